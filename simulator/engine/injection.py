"""The one context manager around every fault: record first, inject, prove, and undo on every way out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.engine.openfaults import OpenFaults
from simulator.faults import GUARD_ONLY, Check, FaultRecord, Patience, fault_named
from simulator.journal.facts import FaultChecked, FaultRequested, FaultUndone, LockQueued, Note
from simulator.journal.file import Journal
from simulator.plan.policy import TODAY

CHECK_EVERY = 0.25
"""Seconds between two looks of a fault's own check: the effective interval is known no better than that."""
UNDO_AGAIN_EVERY = 2.0
"""Seconds after which an undo that has not worked is asked for again."""


class NotEffective(Exception):
    """The fault was not shown to bite in time. The journal has the checks; this only ends the experiment."""


@dataclass
class Injector:
    """Injects faults and undoes them; knows which undos could not be confirmed."""

    doors: Doors
    journal: Journal
    open_faults: OpenFaults
    stop_if_unsafe: Callable[[], None] = lambda: None
    """Asked while a fault is on its way; raises Unsafe when the run must stop."""
    positive_checks: int = TODAY.positive_checks
    """How many in a row prove that a fault bites."""
    _left: dict[str, tuple[FaultRecord, str]] = field(default_factory=dict)
    """By id, each with its experiment."""

    @property
    def left(self) -> list[str]:
        """Ids of faults whose undo could not be confirmed."""
        return list(self._left)

    async def undo_left(self) -> None:
        """Try once more what could not be undone: another fault may have been in the way, and is gone by now."""
        for record, experiment in tuple(self._left.values()):
            with self.journal.of(experiment):  # it was told as that experiment's, and so must its end be
                await finish(self._undo(record))

    @asynccontextmanager
    async def injected(self, record: FaultRecord, effective_within: float) -> AsyncIterator[FaultRecord]:
        """The fault bites inside the block, and is undone after it, however the block is left.

        Gives the record as completed by the fault's own look at its target.

        Raises:
            NotEffective: it could not be shown to bite; it is undone already.
            HarnessError: its record could not be written; nothing was injected.
        """
        try:
            record = await self._aimed(record)
        except DoorError as error:
            self.journal.write(FaultRequested(fault=record.fault, id=record.id))
            now = self.doors.clock.elapsed()
            self._note(record, now, Check(ok=False, observed=f"not injected: {error}"))
            self._write_undone(record, now, Check(ok=True, observed="never injected"))
            raise NotEffective from None
        self.open_faults.add(record)
        try:
            fault = fault_named(record.fault)
            self.journal.write(FaultRequested(fault=record.fault, id=record.id, lags=fault.lags))
            if fault.guard_only(record, self.doors):
                self.journal.write(Note(text=f"{record.fault} {record.id}: {GUARD_ONLY}"))
            await self._inject(record, effective_within)
            yield record
        finally:
            await finish(self._undo(record))

    async def _aimed(self, record: FaultRecord) -> FaultRecord:
        fault = fault_named(record.fault)
        aimed: FaultRecord = await fault.aim(record, self.doors)
        further = await fault.overreach(aimed, self.doors)
        if further:  # asked before the run, too; but containers come and go
            raise DoorError(further)
        return aimed

    async def look_again(self, record: FaultRecord) -> None:
        """Ask once more whether it bites; a check that flickers gets as many looks as it took to believe it."""
        for _ in range(self.positive_checks):
            if (await self._check_effective(record)).ok:
                return
            await self.doors.clock.sleep(CHECK_EVERY)

    async def look_whether_healed(self, record: FaultRecord) -> bool:
        """Ask once whether the system has recovered by itself; the journal has the answer."""
        began = self.doors.clock.elapsed()
        try:
            check = await fault_named(record.fault).is_healed(record, self.doors)
        except DoorError as error:
            check = Check(ok=False, observed=f"the check failed: {error}")
        self._note(record, began, check, "healed")
        return check.ok

    async def _inject(self, record: FaultRecord, within: float) -> None:
        deadline = self.doors.clock.elapsed() + within
        try:
            await fault_named(record.fault).inject(record, self.doors)
        except DoorError as error:
            self._note(record, self.doors.clock.elapsed(), Check(ok=False, observed=f"not injected: {error}"))
            raise NotEffective from None
        finally:
            self._note_queue(record)
        streak = 0
        while streak < self.positive_checks:
            self.stop_if_unsafe()
            check = await self._check_effective(record)
            streak = streak + 1 if check.ok else 0
            if not check.ok and self.doors.clock.elapsed() > deadline:
                raise NotEffective
            if streak < self.positive_checks:
                await self.doors.clock.sleep(CHECK_EVERY)

    async def _check_effective(self, record: FaultRecord) -> Check:
        began = self.doors.clock.elapsed()
        try:
            check = await fault_named(record.fault).is_effective(record, self.doors)
        except DoorError as error:
            check = Check(ok=False, observed=f"the check failed: {error}")
        self._note(record, began, check)
        return check

    def _note(
        self,
        record: FaultRecord,
        began: float,
        check: Check,
        question: Literal["effective", "healed"] = "effective",
    ) -> None:
        self.journal.write(
            FaultChecked(
                fault=record.fault,
                id=record.id,
                began=round(began, 6),
                question=question,
                ok=check.ok,
                observed=check.observed,
            )
        )

    def _note_queue(self, record: FaultRecord) -> None:
        queue = fault_named(record.fault).queue(record, self.doors)
        if queue.tries:
            who = {"fault": record.fault, "id": record.id, "in_the_way": tuple(map(str, queue.in_the_way))}
            self.journal.write(LockQueued.model_validate(queue.model_dump(exclude={"in_the_way"}) | who))

    async def _undo(self, record: FaultRecord) -> None:
        requested = self.doors.clock.elapsed()
        check = await undo(record, self.doors)
        # The record goes first: a journal that cannot be written must not leave a false "injected" behind.
        if check.ok:
            self.open_faults.remove(record)
            self._left.pop(record.id, None)
        else:
            self._left[record.id] = record, self.journal.experiment
        self._note_queue(record)
        self._write_undone(record, requested, check)

    def _write_undone(self, record: FaultRecord, requested: float, check: Check) -> None:
        self.journal.write(
            FaultUndone(
                fault=record.fault,
                id=record.id,
                requested=round(requested, 6),
                confirmed=check.ok,
                observed=check.observed,
            )
        )


async def undo(record: FaultRecord, doors: Doors) -> Check:
    """Undo, and look until it is confirmed or the fault's patience is over; never raises a door's error."""
    fault = fault_named(record.fault)
    clock = doors.clock
    patience = patience_of(record, doors)
    deadline = clock.elapsed() + patience.within
    again = clock.elapsed()
    check = Check(ok=False, observed="not tried")
    trouble = ""
    while not check.ok and clock.elapsed() < deadline:
        try:
            if clock.elapsed() >= again:
                again = clock.elapsed() + UNDO_AGAIN_EVERY
                async with asyncio.timeout(patience.act):
                    await fault.undo(record, doors)
                trouble = ""
            async with asyncio.timeout(patience.act):
                check = await fault.is_undone(record, doors)
        except Exception as error:  # noqa: BLE001  a bug in an undo must end as "left injected", never unsaid
            trouble = f"{type(error).__name__}: {error}"
            check = Check(ok=False, observed=trouble)
        if not check.ok:
            await clock.sleep(CHECK_EVERY)
    if not check.ok and trouble not in check.observed:
        return Check(ok=False, observed=f"{check.observed}; {trouble}")
    return check


def patience_of(record: FaultRecord, doors: Doors) -> Patience:
    """How long its undo may take, however little is known of it."""
    try:
        return fault_named(record.fault).patience(record, doors)
    except DoorError:  # what is missing, the undo itself says
        return Patience()


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end even while being cancelled, then be cancelled.

    `asyncio.shield` would let the loop close under the work; waiting for a task of its own does not.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
