"""Orphans that the supervisor adopts as a subreaper: PostgreSQL's backends after their postmaster died."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor import descent

_GONE_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.01


class Orphans:
    """Children that nobody here started. `own` gives the pids whose exit status belongs to somebody."""

    def __init__(self, own: Callable[[], set[int]]) -> None:
        self._own = own

    async def clear(self) -> None:
        """Kill all orphans and collect them; a service must not start beside its predecessor's remains.

        Raises:
            StackError: one of them survives SIGKILL.
        """
        deadline = time.monotonic() + _GONE_WITHIN_S
        while orphans := self._find():
            if time.monotonic() > deadline:
                raise StackError(
                    f"processes {sorted(orphans)} are still there {_GONE_WITHIN_S:g} s after SIGKILL"
                )
            for pid in orphans:
                descent.kill(pid)
            await asyncio.sleep(_LOOK_EVERY_S)  # until the kernel has taken them down, or the deadline

    def reap(self) -> None:
        """Collect the orphans that have ended by themselves; safe on every SIGCHLD."""
        for entry in descent.children(os.getpid()):
            if entry.zombie and entry.pid not in self._own():
                _collect(entry.pid)

    def _find(self) -> set[int]:
        self.reap()
        return {one.pid for one in descent.children(os.getpid()) if one.pid not in self._own()}


def _collect(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
