"""After an engine's sudden end: `simulator undo` as a child, which waits for the engine's guard and confirms."""

import contextlib
import os
import sys
from collections.abc import Callable

from gevent import subprocess

from simulator.base.errors import ExitCode

NICENESS = 10
"""How far the child stands back: it starts at the same moment as the guard's undo, which is the one that undoes."""
UNDONE_WITHIN = 900.0
"""Seconds, for a child that hangs: it waits for the guard's undo, and undoes itself, each within the limit of the fault."""


def confirm_undone(environment: str, say: Callable[[str], None]) -> bool:
    """Undo whatever is left; returns whether that is confirmed. What the undo said is passed on."""
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "simulator.cli", "undo", "--environment", environment],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must not cut it short
        )
    except OSError as error:
        say(f"simulator undo cannot be started: {error.strerror}")
        return False
    with contextlib.suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
    try:
        said, _ = child.communicate(timeout=UNDONE_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        said, _ = child.communicate()
        say(f"simulator undo did not end within {UNDONE_WITHIN:g} s and was killed")
    for line in said.decode(errors="replace").splitlines():
        say(line)
    return bool(child.returncode == ExitCode.MET)
