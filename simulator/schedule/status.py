"""How all schedules stand, for the page, the metrics and whoever asks: made by each step, and read by `serve` from disk."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from simulator.base.errors import ExitCode
from simulator.base.files import write_whole
from simulator.base.values import Epoch, Value
from simulator.judge.verdict import Outcome
from simulator.report.html import templates
from simulator.schedule import words
from simulator.schedule.book import FOLDER, Book, SlotRecord
from simulator.schedule.models import Placed
from simulator.schedule.notices import Outbox
from simulator.schedule.serve import METRICS, PAGE, STATUS
from simulator.schedule.slots import Slot, closed, upcoming

_SHOWN = 5
"""Slots ahead, and slots behind, of each schedule."""
LATELY = 30 * 86_400.0
"""Seconds: of older slots the page says nothing."""
_OUTCOMES = ("met", "breached", "inconclusive", "aborted", "skipped", "missed", "unknown")


class Standing(Value):
    """How one schedule stands."""

    name: str
    run: str
    environment: str
    zone: str
    paused: str
    ahead: tuple[Slot, ...]
    closed: tuple[bool, ...]
    """Of each slot ahead."""
    behind: tuple[SlotRecord, ...]
    """The latest first."""
    became: dict[str, int]
    """How many slots of the last 30 days became what."""


class Status(Value):
    """How all of them stand."""

    at: Epoch
    wake: Epoch
    """UTC seconds at which the next step has something to do."""
    schedules: tuple[Standing, ...]
    waiting: int
    """Notices that nobody has taken yet."""
    troubles: tuple[str, ...]
    """Files that cannot be used, and notices that nobody took."""


def status(
    schedules: Sequence[Placed], reports: Path, now: datetime, troubles: Sequence[str], most: float
) -> Status:
    """How they stand; the next step is due at most so many seconds from now."""
    outbox = Outbox(reports)
    books = [Book(reports, one.schedule.name) for one in schedules]
    damaged = [path for book in books for path in book.damaged(since=now.timestamp() - LATELY)]
    standings = tuple(_standing(one, book, now) for one, book in zip(schedules, books, strict=True))
    moments = [now.timestamp() + most, outbox.next_try() or float("inf")]
    for placed, standing in zip(schedules, standings, strict=True):
        notify = placed.schedule.notify
        for slot in standing.ahead[:1]:
            told = (slot.due - span for span in (notify.before if notify else ()))
            moments += [slot.due, *(moment for moment in told if moment > now.timestamp())]
    return Status(
        at=now.timestamp(),
        wake=min(moments),
        schedules=standings,
        waiting=sum(1 for _ in outbox.waiting()),
        troubles=(*troubles, *(f"{path} cannot be read: what became of that slot?" for path in damaged)),
    )


def write(status: Status, reports: Path) -> None:
    """Where `serve` reads it: as it is, as a page and as metrics.

    Raises:
        OSError: it cannot be written.
    """
    folder = reports / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / PAGE, page(status).encode())
    write_whole(folder / METRICS, metrics(status))
    write_whole(folder / STATUS, status.model_dump_json().encode())


def _standing(placed: Placed, book: Book, now: datetime) -> Standing:
    schedule = placed.schedule
    records = list(book.records(since=now.timestamp() - LATELY))
    ahead = tuple(upcoming(schedule, now, _SHOWN))
    became = dict.fromkeys(_OUTCOMES, 0)
    for record in records:
        became[words.outcome(record)] = became.get(words.outcome(record), 0) + record.count
    return Standing(
        name=schedule.name,
        run=schedule.run,
        environment=schedule.environment,
        zone=schedule.zone,
        paused=book.paused,
        ahead=ahead,
        closed=tuple(closed(schedule, slot) for slot in ahead),
        behind=tuple(itertools.islice(reversed(records), _SHOWN)),
        became=became,
    )


def page(status: Status) -> str:
    """For people: what comes next, and what became of the last."""
    last = max(
        (one.behind[0] for one in status.schedules if one.behind), key=lambda one: one.at, default=None
    )
    return (
        templates()
        .get_template("schedule.html.j2")
        .render(
            status=status,
            headline=_headline(status),
            last=f"The last slot, {last.slot.id}: {words.outcome(last)}" if last else "",
            tone="inconclusive" if status.troubles else _tone(last) if last else "met",
            local=words.local,
            outcome=words.outcome,
            tone_of=_tone,
        )
    )


def _headline(status: Status) -> str:
    """One sentence."""
    coming = [(one.ahead[0].due, one) for one in status.schedules if one.ahead and not one.paused]
    due, following = min(coming, key=lambda pair: pair[0], default=(0.0, None))
    return f"Next: {following.run}, {words.local(due, following.zone)}" if following else "Nothing is to come"


def _tone(record: SlotRecord) -> Outcome:
    """How bad it is: what did not run proves nothing."""
    if record.status == "started" or not record.is_bad:
        return "met"
    return "breached" if record.exit_code in (ExitCode.BREACHED, ExitCode.LEFT_INJECTED) else "inconclusive"


def metrics(status: Status) -> bytes:
    """For Prometheus."""
    registry = CollectorRegistry()

    def gauge(name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"simulator_schedule_{name}", what, labels, registry=registry)

    gauge("step_timestamp_seconds", "When a step last looked.").set(status.at)
    gauge("notices_waiting", "Notices that nobody has taken yet.").set(status.waiting)
    gauge("troubles", "Files that cannot be used, and notices that nobody took.").set(len(status.troubles))
    due = gauge("next_slot_timestamp_seconds", "When the next slot begins.", "schedule")
    paused = gauge("paused", "1 while it is paused.", "schedule")
    ended = gauge("slots", "What became of the slots of the last 30 days.", "schedule", "outcome")
    for one in status.schedules:
        paused.labels(one.name).set(bool(one.paused))
        for slot in one.ahead[:1]:
            due.labels(one.name).set(slot.due)
        for outcome, number in one.became.items():
            ended.labels(one.name, outcome).set(number)
    return bytes(generate_latest(registry))
