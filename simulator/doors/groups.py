"""The process group of a program that was launched (`launch.py`): found by its note, and ended, from any process."""

import contextlib
import os
import signal
from pathlib import Path

from pydantic import ValidationError

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.base.values import Value
from simulator.doors.launch import boot, started

GONE_WITHIN = 5.0
"""Seconds for a group to be gone after SIGKILL."""
LOOK_EVERY = 0.02
_ENDED = (b"Z", b"X")


class Group(Value):
    """A process group, by the process that began it."""

    pid: int
    started: int
    """In the kernel's ticks since boot."""
    boot: str

    def members(self) -> list[int]:
        """Those of its processes that still run."""
        if self.boot != boot():
            return []
        with contextlib.suppress(OSError):
            if started(self.pid) != self.started:
                return []  # no number is given anew while a group still has it
        return [pid for pid in _processes() if _group_of(pid) == self.pid]


def runs(note: Path) -> bool:
    """Whether a process of the group is there; raises DoorError where the note cannot be read."""
    group = _noted(note)
    return group is not None and bool(group.members())


async def end(note: Path, clock: RunClock) -> None:
    """Kill the group of a note, see it gone, and take the note away. Idempotent.

    Raises:
        DoorError: one of its processes is still there, or the note cannot be read.
    """
    group = _noted(note)
    if (
        group is not None
        and await clock.until(lambda: _gone(group), within=GONE_WITHIN, every=LOOK_EVERY) is None
    ):
        raise DoorError(
            f"processes {group.members()} of what was launched are still there {GONE_WITHIN:g} s after SIGKILL"
        )
    _forget(note)


def _noted(note: Path) -> Group | None:
    try:
        return Group.model_validate_json(note.read_bytes())
    except (FileNotFoundError, ValidationError):  # cut off: its writer was ended before the program began
        return None
    except OSError as error:
        raise DoorError(f"what was launched is not known: {note}: {error.strerror}") from None


def _forget(note: Path) -> None:
    try:
        note.unlink(missing_ok=True)
    except OSError as error:
        raise DoorError(f"the note of what was launched stays: {note}: {error.strerror}") from None


def kill(group: int) -> None:
    """SIGKILL to every process of it that we may end; whether they are gone is looked at by whoever has to know."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


async def _gone(group: Group) -> bool | None:
    if not group.members():
        return True
    kill(group.pid)
    return None


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _group_of(pid: int) -> int:
    """0 for one that has ended."""
    try:
        state, _, group = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[:3]
    except OSError:
        return 0
    return 0 if state in _ENDED else int(group)
