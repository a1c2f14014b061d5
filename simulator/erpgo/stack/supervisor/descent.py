"""Processes and all that came from them, found through /proc.

A service is like a container: when its first process is killed or frozen, so is everything it started.
PostgreSQL's backends open sessions of their own, so process groups do not find them. Descent does: a process
belongs to a service when its parent does, or when it is in the service's session (which survives a parent's death).
"""

import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path

_SCANS = 20
"""Rounds in which a set of stopped processes must stop growing; each round is a read of /proc."""


@dataclasses.dataclass(frozen=True)
class ProcessEntry:
    """One line of the process table."""

    pid: int
    parent: int
    session: int
    zombie: bool


def process_table() -> Iterator[ProcessEntry]:
    """Every process that can be seen now."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (entry := _entry(folder)) is not None:
            yield entry


def _entry(folder: Path) -> ProcessEntry | None:
    try:
        line = (folder / "stat").read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return None
    # proc(5): pid (name) state ppid pgrp session ...; the name may hold spaces and parentheses
    state, parent, _group, session = line.rpartition(")")[2].split()[:4]
    return ProcessEntry(int(folder.name), int(parent), int(session), zombie=state in "ZX")


def descent(root: int) -> set[int]:
    """The process `root` and all that came from it, as far as they live."""
    table = [entry for entry in process_table() if not entry.zombie]
    found = {entry.pid for entry in table if root in (entry.pid, entry.session)}
    grew = True
    while grew:
        children = {entry.pid for entry in table if entry.parent in found} - found
        found |= children
        grew = bool(children)
    return found


def children(parent: int) -> list[ProcessEntry]:
    """The direct children of a process, zombies too."""
    return [entry for entry in process_table() if entry.parent == parent]


def freeze(root: int) -> set[int]:
    """SIGSTOP the whole descent; parents first, so that it cannot grow while it is read."""
    stopped: set[int] = set()
    for _ in range(_SCANS):
        fresh = descent(root) - stopped
        if not fresh:
            break
        send(fresh, signal.SIGSTOP)
        stopped |= fresh
    return stopped


def thaw(root: int) -> None:
    """SIGCONT the whole descent."""
    send(descent(root), signal.SIGCONT)


def kill(root: int) -> set[int]:
    """SIGKILL the whole descent, frozen first so that nothing is born while it dies."""
    doomed = freeze(root)
    send(doomed, signal.SIGKILL)
    return doomed


def send(pids: set[int], number: signal.Signals) -> None:
    """Signal each process that still exists."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
