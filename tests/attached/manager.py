"""A real systemd of one's own (`systemd --user`): that takes root and the package, no boot by systemd."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack.waiting import eventually

IN_A_NAMESPACE = (
    "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec {systemd} --user --log-target=console"
)
"""A manager only believes that it may run where the machine looks booted by systemd: in a mount namespace it does."""


class NoManager(Exception):
    """None can be started on this machine."""


@contextmanager
def systemd(home: Path, run: Path, unit: str, text: str) -> Iterator[None]:
    """A manager that knows one unit, by these words of its file; it listens in the folder `run` while the block lasts.

    Raises:
        NoManager: for the reason that it gives.
    """
    program = shutil.which("systemd") or "/lib/systemd/systemd"
    if os.geteuid() != 0 or not Path(program).exists() or not shutil.which("unshare"):
        raise NoManager("a systemd of one's own takes root, systemd and unshare")
    units = home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / unit).write_text(text, encoding="utf-8")
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", IN_A_NAMESPACE.format(systemd=program)],
            env={"HOME": str(home), "XDG_RUNTIME_DIR": str(run), "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        eventually("it listens, or has ended", lambda: listens(run) or process.poll() is not None)
        if process.poll() is not None:
            raise NoManager(f"no manager can be started here: {(home / 'log').read_text().strip()}")
        yield
    finally:
        process.terminate()
        process.wait(60)


def listens(run: Path) -> bool:
    """Whether a manager answers in that folder."""
    return (run / "systemd" / "private").exists()
