"""When a schedule's slots are. Pure functions of the schedule and of a moment that is passed in."""

import hashlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from simulator.base.values import Epoch, Value
from simulator.schedule.models import Schedule

_WRITTEN = "%Y-%m-%dT%H:%M:%SZ"
MOST_AT_ONCE = 10_000
"""Slots that are counted when nobody has looked for long: a week of one a minute."""


class Slot(Value):
    """One time at which a schedule runs."""

    schedule: str
    instant: Epoch
    """UTC seconds, as the cron expression says: by it the slot is known."""
    due: Epoch
    """UTC seconds at which it begins: the instant and its jitter."""

    @property
    def id(self) -> str:
        """As `--slot` takes it: `weekly/2026-11-03T09:00:00Z`."""
        return f"{self.schedule}/{written(self.instant)}"


def written(epoch: float) -> str:
    """A moment as it stands in a slot's name."""
    return datetime.fromtimestamp(epoch, UTC).strftime(_WRITTEN)


def slots(schedule: Schedule, after: datetime) -> Iterator[Slot]:
    """All slots whose instant is later than that, the earliest first, without end.

    A time that a clock change skips comes once, at the next that there is; one that it repeats comes once. (cronsim does
    as Debian's cron.)
    """
    zone = ZoneInfo(schedule.zone)
    for instant in CronSim(schedule.at, after.astimezone(zone)):
        epoch = instant.timestamp()
        yield Slot(schedule=schedule.name, instant=epoch, due=epoch + _jitter(schedule, epoch))


def slots_until(schedule: Schedule, after: datetime, until: datetime) -> list[Slot]:
    """Those that are due by then, of instants later than `after`; at most 10,000, the latest."""
    end = until.timestamp()
    came = itertools.takewhile(lambda slot: slot.instant <= end, slots(schedule, after))
    return [slot for slot in _latest(came) if slot.due <= end]


def _latest(came: Iterator[Slot]) -> list[Slot]:
    kept: list[Slot] = []
    for slot in came:
        kept.append(slot)
        if len(kept) > 2 * MOST_AT_ONCE:
            del kept[:-MOST_AT_ONCE]
    return kept[-MOST_AT_ONCE:]


def upcoming(schedule: Schedule, now: datetime, number: int) -> list[Slot]:
    """The next slots that are not due yet: one whose jitter still runs is among them."""
    soon = slots(schedule, now - timedelta(seconds=schedule.jitter))
    return list(itertools.islice((slot for slot in soon if slot.due > now.timestamp()), number))


def closed(schedule: Schedule, slot: Slot) -> bool:
    """Whether it would begin on a day that the schedule is closed, by its own zone."""
    begins = datetime.fromtimestamp(slot.due, ZoneInfo(schedule.zone))
    return begins.date() in schedule.closed


def _jitter(schedule: Schedule, instant: float) -> float:
    """Whole seconds from 0 to the jitter, spread evenly by a hash: stable across processes and versions of Python."""
    digest = hashlib.sha256(f"{schedule.name}/{written(instant)}".encode()).digest()
    return float(int.from_bytes(digest[:8]) % (int(schedule.jitter) + 1))
