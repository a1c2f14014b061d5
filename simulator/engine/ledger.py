"""The books: what the system acknowledged is recorded, once, and Prometheus has counted it. The system's ledger looks it up."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.environments import system
from simulator.journal.facts import LedgerChecked
from simulator.journal.file import Journal

SCRAPED_WITHIN = 15.0
LOOK_EVERY = 0.5
"""Seconds."""


class Ledger:
    """Balances the books of one wave after the other; those of a system that keeps none are left out."""

    def __init__(self, doors: Doors, journal: Journal, kept: system.Ledger | None) -> None:
        self._doors = doors
        self._journal = journal
        self._kept = kept

    async def reconcile(self, experiments: Sequence[str], began: float) -> None:
        """Write down what became of it since `began` (run seconds); a door that is shut is written down too."""
        if self._kept is None:
            return
        receipts = self._doors.workload.receipts()
        checked = LedgerChecked(
            what=self._kept.what,
            experiments=tuple(experiments),
            seconds=round(self._doors.clock.elapsed() - began, 3),
            acknowledged=None if receipts is None else len(receipts),
        )
        try:
            count = await self._counted(self._kept.metric, began)
            ids = [receipt.id for receipt in receipts or ()]
            books = await self._kept.look_up(self._doors, ids, *count.between)
        except DoorError as error:
            self._journal.write(checked.model_copy(update={"error": str(error)}))
            return
        seconds = round(self._doors.clock.elapsed() - began, 3)
        found = {**books.model_dump(), "counted": count.grew, "resets": count.resets, "seconds": seconds}
        self._journal.write(checked.model_copy(update=found))

    async def _counted(self, metric: str, began: float) -> "_Count":
        """What Prometheus has counted since `began`; one that was away has to scrape first.

        Raises:
            DoorError: it does not answer, or has no two samples, for `SCRAPED_WITHIN`.
        """
        clock = self._doors.clock
        if not metric:
            return _Count(None, 0, (clock.epoch + began, clock.epoch + clock.elapsed()))
        trouble = DoorError("Prometheus was not asked")

        async def look() -> _Count | None:
            nonlocal trouble
            try:
                return await self._count(metric, began)
            except DoorError as error:
                trouble = error
                return None

        count = await clock.until(look, within=SCRAPED_WITHIN, every=LOOK_EVERY)
        if count is None:
            raise trouble
        return count

    async def _count(self, metric: str, began: float) -> "_Count":
        seconds = math.ceil(self._doors.clock.elapsed() - began)
        series = await self._doors.prometheus.query(f"{metric}[{seconds}s]")
        samples = [one.samples for one in series if len(one.samples) > 1]
        if not samples:
            raise DoorError(f"Prometheus has no two samples of {metric} of the last {seconds} s")
        steps = [[(before, after) for (_, before), (_, after) in pairwise(one)] for one in samples]
        return _Count(
            grew=sum(after - before if after >= before else after for one in steps for before, after in one),
            resets=max(sum(after < before for before, after in one) for one in steps),
            between=(min(one[0][0] for one in samples), max(one[-1][0] for one in samples)),
        )


class _Count(NamedTuple):
    grew: float | None
    """By which the counters grew; one that began anew counts from 0. None: there is no counter."""
    resets: int
    """How often they began anew."""
    between: tuple[float, float]
    """The first and the last scrape that count, in UTC seconds; without a counter the wave's begin and end."""
