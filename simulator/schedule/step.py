"""One step of a schedule: account for every slot that is due, and begin at most one of them.

Whoever takes it, and however often and side by side: a slot is begun by whoever put it into the book, and by nobody else.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.base.clock import Clock
from simulator.base.values import Value
from simulator.schedule.book import Book, SlotRecord
from simulator.schedule.models import Placed
from simulator.schedule.slots import Slot, slots_until
from simulator.schedule.words import span

LATER_CAME = "a later slot of the same schedule was due as well"
GONE_BEFORE = "whoever looked at it is gone; nothing was begun"
GONE = "started, outcome unknown: whoever started it is gone; its run, if it goes on, is judged in its own folder"


class Ended(Value):
    """How a slot's run ended."""

    exit_code: int
    run: str = ""
    """The folder of its run, below the reports."""


@dataclass(frozen=True)
class Hands:
    """What a step does besides keeping the book."""

    refusal: Callable[[Placed, Slot], Awaitable[str]]
    """Why a slot may not begin now; empty: it may."""
    run: Callable[[Placed, Slot], Awaitable[Ended]]
    tell: Callable[[Placed, SlotRecord], None]
    """Have people told what became of a slot. Returns at once."""


async def step(
    placed: Placed, book: Book, clock: Clock, hands: Hands, *, catches_up: bool
) -> SlotRecord | None:
    """Begin the slot that is due, if one is; returns what became of the latest that was due, None where none was.

    Args:
        placed: the schedule.
        book: its slots so far.
        clock: what time it is.
        hands: what is done.
        catches_up: whether a slot that was due within the grace time before anybody ever looked is begun as well.

    Raises:
        HarnessError: the book cannot be written; nothing was begun.
    """
    _settle(placed, book, clock, hands)
    now = clock.now()
    due = _due(placed, book, now, catches_up=catches_up)
    if not due:
        book.has_looked(now)
        return None
    grace = placed.schedule.grace
    on_time = [slot for slot in due if slot.due + grace >= now.timestamp()]
    late = [slot for slot in due if slot.due + grace < now.timestamp()]
    missed = _miss(placed, book, hands, now, late, f"nobody looked within {span(grace)} of its time")
    _miss(placed, book, hands, now, on_time[:-1], LATER_CAME)
    if not on_time:
        book.has_looked(now)
        return missed
    record = _record(placed, on_time[-1], now, "claimed")
    claimed = book.claim(record)
    book.has_looked(now)
    return await _begin(placed, book, clock, hands, record) if claimed else None


def _due(placed: Placed, book: Book, now: datetime, *, catches_up: bool) -> list[Slot]:
    """What is due and not accounted for, the earliest first."""
    schedule = placed.schedule
    # A clock that was ahead for a while has used up no slot that is still to come.
    looked = min(book.looked or math.inf, now.timestamp())
    if book.looked is None and catches_up:
        looked -= schedule.grace
    began = datetime.fromtimestamp(looked, now.tzinfo) - timedelta(seconds=schedule.jitter + 1)
    return [slot for slot in slots_until(schedule, began, now) if slot.due > looked]


def _miss(
    placed: Placed, book: Book, hands: Hands, now: datetime, missed: Sequence[Slot], reason: str
) -> SlotRecord | None:
    """Put them into the book together; None where there are none, or somebody else has."""
    if not missed:
        return None
    record = _record(placed, missed[-1], now, "missed", reason=reason).model_copy(
        update={"count": len(missed)}
    )
    if not book.claim(record):
        return None
    hands.tell(placed, record)
    return record


async def _begin(placed: Placed, book: Book, clock: Clock, hands: Hands, record: SlotRecord) -> SlotRecord:
    def became(**what: object) -> SlotRecord:
        made = record.model_copy(update={"at": clock.now().timestamp(), **what})
        book.change(made)
        return made

    refusal = await hands.refusal(placed, record.slot)
    if refusal:
        record = became(status="skipped", reason=refusal)
        hands.tell(placed, record)
        return record
    record = became(status="started", late=max(0.0, clock.now().timestamp() - record.slot.due))
    ended = await hands.run(placed, record.slot)
    record = became(status="ended", exit_code=ended.exit_code, run=ended.run)
    hands.tell(placed, record)
    return record


def _settle(placed: Placed, book: Book, clock: Clock, hands: Hands) -> None:
    """Of slots whose process is gone it is known that nothing more will be known."""
    for record in book.abandoned():
        reason = GONE if record.status == "started" else GONE_BEFORE
        status = "unknown" if record.status == "started" else "skipped"
        now = clock.now().timestamp()
        settled = record.model_copy(update={"status": status, "reason": reason, "at": now})
        book.change(settled)
        hands.tell(placed, settled)


def _record(
    placed: Placed,
    slot: Slot,
    now: datetime,
    status: str,
    *,
    reason: str = "",
) -> SlotRecord:
    return SlotRecord.model_validate(
        {
            "slot": slot,
            "environment": placed.schedule.environment,
            "status": status,
            "at": now.timestamp(),
            "reason": reason,
        }
    )
