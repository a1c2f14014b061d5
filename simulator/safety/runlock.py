"""The run lock: who may touch the faults of a stack. It lies beside the open faults."""

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal

from simulator.base.clock import RunClock
from simulator.base.errors import BadInput, Unsafe

UNDO_WAITS = 30.0
"""Seconds for which an undo waits at least for whoever holds the lock: a guard that undoes, most often."""
LOOK_EVERY = 0.1

What = Literal["run", "undo"]


@contextmanager
def run_lock(path: Path) -> Iterator[int]:
    """One run at a time per stack: hold this lock, or do not touch the stack. Gives its file descriptor.

    Raises:
        Unsafe: another process holds it.
    """
    handle = _open(path)
    try:
        if not _take(handle, "run"):
            raise _refusal(handle, path)
        try:
            yield handle
        finally:
            _forget(handle)
    finally:
        os.close(handle)


@asynccontextmanager
async def undo_lock(
    path: Path,
    clock: RunClock,
    say: Callable[[str], None],
    inherited: int | None = None,
    within: float = UNDO_WAITS,
) -> AsyncIterator[None]:
    """The same lock for an undo, which waits for it; or `inherited`, a descriptor that a dead engine held it by.

    Raises:
        Unsafe: another process still holds it after `within` seconds.
        BadInput: what is inherited is not the lock.
    """
    handle = _open(path) if inherited is None else _checked(inherited, path)

    async def look() -> Literal[True] | None:
        return True if _take(handle, "undo") else None

    try:
        if await look() is None:
            say(f"waiting up to {within:g} s for the {_holder(handle)} that holds this stack")
            if await clock.until(look, within=within, every=LOOK_EVERY) is None:
                raise _refusal(handle, path)
        try:
            yield
        finally:
            _forget(handle)
        # Closing alone would leave it held by whatever else a dead engine has passed it on to.
        fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _checked(handle: int, path: Path) -> int:
    try:
        same = os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        same = False
    if not same:
        raise BadInput(
            f"--run-lock {handle} is no descriptor of {path}; leave it out: only a guard passes one on"
        )
    return handle


def _take(handle: int, what: What) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    with contextlib.suppress(OSError):  # on a full disk it has no name, and holds all the same
        # Positioned writes: an inherited descriptor shares its offset with whoever wrote before.
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {what}\n".encode(), 0)
    return True


def _forget(handle: int) -> None:
    """Take the name out before the lock is let go: the next holder must not go by it."""
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)


def _holder(handle: int) -> str:
    pid, _, what = os.pread(handle, 32, 0).decode(errors="replace").strip().partition(" ")
    return f"{what or 'run'} (process {pid or 'unknown'})"


def _refusal(handle: int, path: Path) -> Unsafe:
    return Unsafe(f"another {_holder(handle)} is under way on this stack; one at a time. Lock: {path}")
