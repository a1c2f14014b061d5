"""Logs of the servers: one file each, kept small, those of the previous start kept once."""

import os
import shutil

from simulator.erpgo.stack.supervisor.paths import StackFolder

LARGEST_LOG_BYTES = 16 * 1024 * 1024


def begin(folder: StackFolder) -> None:
    """A fresh folder for logs; the last start's becomes `logs.previous`."""
    folder.root.mkdir(parents=True, exist_ok=True)
    if folder.logs.exists():
        shutil.rmtree(folder.previous_logs, ignore_errors=True)
        folder.logs.rename(folder.previous_logs)
    folder.logs.mkdir()


def bound(folder: StackFolder) -> None:
    """Move what a log holds to `NAME.log.1` when it is too large; servers append, so truncation is safe."""
    for log in folder.logs.glob("*.log"):
        if log.stat().st_size > LARGEST_LOG_BYTES:
            shutil.copyfile(log, f"{log}.1")
            os.truncate(log, 0)
