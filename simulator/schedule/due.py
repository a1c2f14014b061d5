"""`run-due`: one step of every schedule, side by side, and what people are to be told meanwhile."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from simulator.base.clock import Clock, RunClock
from simulator.base.errors import ExitCode, SimulatorError, worst
from simulator.schedule.book import Book, SlotRecord
from simulator.schedule.checks import Checks, Length
from simulator.schedule.children import Children
from simulator.schedule.models import Placed
from simulator.schedule.notices import Outbox, targets_in
from simulator.schedule.running import Runs
from simulator.schedule.slots import slots
from simulator.schedule.status import status, write
from simulator.schedule.step import Hands, step
from simulator.schedule.telling import Teller

LONGEST_REST = 3600.0
"""Seconds after which a step looks again, though nothing is known to be due."""
TOLD_WITHIN = 15.0
"""Seconds for which the end of a step waits until people are told; what nobody took stays in the outbox."""


@dataclass(frozen=True)
class Office:
    """Where schedules are kept, and what is needed to carry them out."""

    scenarios: Path
    reports: Path
    clock: Clock
    length: Length
    folder_of: Callable[[str], str]
    """The folder of a slot's run, by the slot's id; empty: it left none."""
    say: Callable[[str], None]


async def run_due(
    office: Office, schedules: Sequence[Placed], *, catches_up: bool, waits: bool = False
) -> list[SlotRecord]:
    """Account for all that is due, and begin what may; returns what became of it.

    Args:
        office: where, and with what.
        schedules: whose slots.
        catches_up: see `step`.
        waits: whether a slot whose time has come is waited for while its jitter runs.

    Raises:
        HarnessError: a book cannot be read or written. The other schedules were carried out all the same.
    """
    outbox = Outbox(office.reports)
    teller = Teller(outbox, office.reports, office.clock, office.say)
    children = Children()
    checks = Checks(office.reports, office.clock, office.length, children)
    runs = Runs(office.reports, children, office.folder_of, checks.give_back)
    hands = Hands(checks.refusal, runs.run, teller.after)

    async def stepped(placed: Placed) -> SlotRecord | None:
        if waits:
            await _jitter_over(placed, office.clock, lambda: children.ending)
        book = Book(office.reports, placed.schedule.name)
        return await step(placed, book, office.clock, hands, catches_up=catches_up)

    for one in schedules:
        teller.before(one)
    delivery = asyncio.create_task(_deliver(office, outbox))
    with _ended_by_signals(children):
        became = await asyncio.gather(*map(stepped, schedules), return_exceptions=True)
    await asyncio.wait({delivery}, timeout=TOLD_WITHIN)
    await asyncio.wait({asyncio.create_task(_deliver(office, outbox))}, timeout=TOLD_WITHIN)
    for made in became:
        if isinstance(made, BaseException):
            raise made
    return [made for made in became if isinstance(made, SlotRecord)]


def note(office: Office, schedules: Sequence[Placed], troubles: Sequence[str]) -> None:
    """Write down how they stand, where the page and the metrics are read."""
    waiting = [
        f"{one.to} was not told: {one.error}" for _, one in Outbox(office.reports).waiting() if one.error
    ]
    now = office.clock.now()
    stands = status(schedules, office.reports, now, [*troubles, *waiting], LONGEST_REST)
    with contextlib.suppress(OSError):  # of a full disk the page tells nothing; the slots are in the book
        write(stands, office.reports)


def code(became: Sequence[SlotRecord]) -> int:
    """What `run-due` leaves with: the code of the run (of several the first that applies), 5 where what was due did not run."""
    ran = [one.exit_code for one in became if one.exit_code is not None]
    made = 0
    for one in ran:
        made = worst(made, one)
    return made or (ExitCode.NOT_RUN if len(ran) < len(became) else ExitCode.MET)


async def _jitter_over(placed: Placed, clock: Clock, ending: Callable[[], bool]) -> None:
    """Wait while a slot's instant has come and it is not due yet."""
    now = clock.now()
    began = now - timedelta(seconds=placed.schedule.jitter)
    first = next(slots(placed.schedule, began))
    if first.instant > now.timestamp():
        return

    async def over() -> Literal[True] | None:
        return True if ending() or clock.now().timestamp() >= first.due else None

    await RunClock(clock).until(over, within=placed.schedule.jitter, every=1.0)


async def _deliver(office: Office, outbox: Outbox) -> None:
    try:
        targets = targets_in(office.scenarios)
        for trouble in await outbox.deliver(targets, office.clock):
            office.say(trouble)
    except SimulatorError as error:  # a list that cannot be read: the notices wait
        office.say(str(error))


@contextlib.contextmanager
def _ended_by_signals(children: Children) -> Iterator[None]:
    """A signal ends the runs, which undo what they have injected; the slots are written down then."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for one in signals:
        loop.add_signal_handler(one, children.end)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
