"""Bringing all services up, each as soon as those it needs are ready."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor.paths import StackFolder
from simulator.erpgo.stack.supervisor.plan import StackPlan
from simulator.erpgo.stack.supervisor.service import Check, NotReady
from simulator.erpgo.stack.supervisor.supervised import Supervised

_POLL_S = 0.05
_CRASHES_ALLOWED = 4
"""A service that has been restarted this often before it was ever ready will not come up."""
_LAST_LINES = 5


class Boot:
    """One start of the whole stack."""

    def __init__(self, plan: StackPlan, folder: StackFolder, supervised: Mapping[str, Supervised]) -> None:
        self._plan = plan
        self._folder = folder
        self._supervised = supervised

    async def up(self, lives: asyncio.TaskGroup) -> None:
        """Start every service; their lives go on in `lives`. Returns when the stack works as a whole.

        Raises:
            StackError: which service did not come up, what was observed last, where its log is.
        """
        try:
            async with asyncio.timeout(self._plan.ready_within_s), asyncio.TaskGroup() as starts:
                for one in self._supervised.values():
                    starts.create_task(self._start(one, lives))
        except TimeoutError:
            raise self._not_up(self._slow(), f"not ready after {self._plan.ready_within_s:g} s") from None
        except ExceptionGroup as several:
            problems, bugs = several.split(StackError)
            if problems is None or bugs is not None:
                raise
            raise problems.exceptions[0] from None
        await self._last(self._plan.complete)
        await self._last(self._plan.finish)

    async def _start(self, one: Supervised, lives: asyncio.TaskGroup) -> None:
        for needed in one.service.after:
            await self._supervised[needed].was_ready.wait()
        try:
            await one.prepare()
        except StackError as error:
            raise self._not_up(one, str(error)) from error
        lives.create_task(one.run())
        while not one.was_ready.is_set():
            if one.status().restarts >= _CRASHES_ALLOWED:
                raise self._not_up(one, f"ended {_CRASHES_ALLOWED} times without getting ready")
            await asyncio.sleep(_POLL_S)  # until ready, crashed too often, or the deadline of `up`

    async def _last(self, check: Check) -> None:
        observed = "nothing"
        try:
            async with asyncio.timeout(self._plan.ready_within_s):
                while True:
                    try:
                        return await check()
                    except (NotReady, OSError) as error:
                        observed = str(error) or type(error).__name__
                    await asyncio.sleep(_POLL_S)  # until complete, or the deadline
        except TimeoutError:
            raise StackError(
                f"stack {self._folder.instance}: all services are ready, but after {self._plan.ready_within_s:g} s "
                f"not all of it works together (last: {observed}); see {self._folder.logs}"
            ) from None

    def _slow(self) -> Supervised:
        """The first service that is not ready although all it needs is."""
        late = [one for one in self._supervised.values() if not one.was_ready.is_set()]
        started = [
            one for one in late if all(self._supervised[it].was_ready.is_set() for it in one.service.after)
        ]
        return (started or late)[0]

    def _not_up(self, one: Supervised, limit: str) -> StackError:
        log = self._folder.log(one.service.name)
        return StackError(
            f"service {one.service.name} {limit} (last: {one.last_problem or 'nothing observed'}); see {log}{_tail(log)}"
        )


def _tail(log: Path) -> str:
    last = log.read_text(errors="replace").splitlines()[-_LAST_LINES:] if log.exists() else []
    return "".join(f"\n    {line}" for line in last)
