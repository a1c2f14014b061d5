"""The books: every order that the API acknowledged is in the database, once, and Prometheus has counted it."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.journal.facts import LedgerChecked
from simulator.journal.file import Journal

_COUNTER = "erpgo_orders_created_total"
SCRAPED_WITHIN = 15.0
LOOK_EVERY = 0.5
"""Seconds."""


class Ledger:
    """Reconciles the orders of one wave after the other."""

    def __init__(self, doors: Doors, journal: Journal) -> None:
        self._doors = doors
        self._journal = journal

    async def reconcile(self, experiments: Sequence[str], began: float) -> None:
        """Write down what became of the orders since `began` (run seconds); a door that is shut is written down too."""
        receipts = self._doors.workload.receipts()
        seconds = self._doors.clock.elapsed() - began
        checked = LedgerChecked(
            experiments=tuple(experiments), seconds=round(seconds, 3), acknowledged=len(receipts)
        )
        try:
            count = await self._counted(began)
            ids = [receipt.order for receipt in receipts]
            book = await self._doors.database("postgres").order_book(ids, *count.between)
        except DoorError as error:
            self._journal.write(checked.model_copy(update={"error": str(error)}))
            return
        seconds = round(self._doors.clock.elapsed() - began, 3)
        found = {**book.model_dump(), "counted": count.orders, "resets": count.resets, "seconds": seconds}
        self._journal.write(checked.model_copy(update=found))

    async def _counted(self, began: float) -> "_Count":
        """What Prometheus has counted since `began`; one that was away has to scrape first.

        Raises:
            DoorError: it does not answer, or has no two samples, for `SCRAPED_WITHIN`.
        """
        trouble = DoorError("Prometheus was not asked")

        async def look() -> _Count | None:
            nonlocal trouble
            try:
                return await self._count(began)
            except DoorError as error:
                trouble = error
                return None

        count = await self._doors.clock.until(look, within=SCRAPED_WITHIN, every=LOOK_EVERY)
        if count is None:
            raise trouble
        return count

    async def _count(self, began: float) -> "_Count":
        seconds = math.ceil(self._doors.clock.elapsed() - began)
        series = await self._doors.prometheus.query(f"{_COUNTER}[{seconds}s]")
        samples = [one.samples for one in series if len(one.samples) > 1]
        if not samples:
            raise DoorError(f"Prometheus has no two samples of {_COUNTER} of the last {seconds} s")
        steps = [[(before, after) for (_, before), (_, after) in pairwise(one)] for one in samples]
        return _Count(
            orders=sum(
                after - before if after >= before else after for one in steps for before, after in one
            ),
            resets=max(sum(after < before for before, after in one) for one in steps),
            between=(min(one[0][0] for one in samples), max(one[-1][0] for one in samples)),
        )


class _Count(NamedTuple):
    orders: float
    """By which the counters grew; one that began anew counts from 0."""
    resets: int
    """How often they began anew."""
    between: tuple[float, float]
    """The first and the last scrape that count, in UTC seconds."""
