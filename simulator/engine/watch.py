"""Runs the observers beside each other, and knows which source is lost, and since when."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError, Unsafe
from simulator.journal.facts import AbortDue, Lost, Regained
from simulator.journal.file import Journal
from simulator.observers import Observer, Scene, observers
from simulator.observers.abort_conditions import AbortConditions

VITAL = {"prometheus": "prometheus", "receiver": "receiver", AbortConditions.source: "prometheus"}
"""Without these there is no evidence, or no net: lost for longer than is tolerated, the run is aborted.

Each with the service that answers for it: a fault which takes that away excuses it.
"""
RETRY = 0.25
"""Seconds until a lost source is asked again."""


class Watch:
    """All observers of one run."""

    def __init__(self, scene: Scene, journal: Journal) -> None:
        self._scene = scene
        self._journal = journal
        self._clock: RunClock = scene.doors.clock
        self._lost_since: dict[str, float] = {}
        self._excused: frozenset[str] = frozenset()
        self._due: AbortDue | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Every observer looks, again and again, while the block runs."""
        self._tasks = [
            asyncio.create_task(self._keep_looking(make(self._scene)), name=source)
            for source, make in observers().items()
        ]
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    @contextmanager
    def blinded(self, sources: frozenset[str]) -> Iterator[None]:
        """While the block runs, these may be lost: the experiment's own fault takes them away."""
        before, self._excused = self._excused, self._excused | sources
        try:
            yield
        finally:
            self._excused = before

    def stop_if_unsafe(self) -> None:
        """Stop while there is still something to see with, and before more is broken than was meant to be.

        Raises:
            Unsafe: a vital source has been lost for longer than is tolerated, or an abort condition is true.
            Exception: whatever ended an observer: a full disk under the journal, or a bug.
        """
        for task in self._tasks:
            if task.done():
                task.result()
        if self._due is not None:
            raise Unsafe(str(self._due))
        tolerated = self._scene.plan.policy.sight.gap_tolerated
        for source, service in VITAL.items():
            if service in self._excused:
                continue
            since = self._lost_since.get(source)
            if since is not None and self._clock.elapsed() - since > tolerated:
                raise Unsafe(
                    f"{source}: lost for {self._clock.elapsed() - since:.1f} s;"
                    f" at most {tolerated:g} s are tolerated"
                )

    async def _keep_looking(self, observer: Observer) -> None:
        while True:
            try:
                facts = await observer.look()
            except DoorError as error:
                self._mark_lost(observer.source, error)
                await self._clock.sleep(RETRY)
                continue
            self._mark_regained(observer.source)
            for fact in facts:
                self._journal.write(fact)
                # A fault that takes Prometheus away takes its conditions' sight away for a moment more.
                if isinstance(fact, AbortDue) and not (fact.blind and "prometheus" in self._excused):
                    self._due = fact
            await self._clock.sleep(observer.every)

    def _mark_lost(self, source: str, error: DoorError) -> None:
        if source not in self._lost_since:
            self._lost_since[source] = self._clock.elapsed()
            self._journal.write(Lost(source=source, error=str(error)))

    def _mark_regained(self, source: str) -> None:
        if self._lost_since.pop(source, None) is not None:
            self._journal.write(Regained(source=source))
