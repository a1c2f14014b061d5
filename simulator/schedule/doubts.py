"""What is odd about a schedule, though it can be carried out."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.base.errors import BadInput
from simulator.base.names import nearest
from simulator.base.secret import revealed
from simulator.environments.settings import environment_settings
from simulator.schedule import words
from simulator.schedule.checks import shortest
from simulator.schedule.models import Placed, Schedule
from simulator.schedule.notices import FILE, SECRETS, Target, targets_in
from simulator.schedule.slots import slots, written

_AHEAD = timedelta(days=400)
"""Both clock changes of a year lie in it."""
_MOST = 10_000
"""Slots that are looked at."""


def doubts(placed: Placed, now: datetime) -> list[str]:
    """What its author may not have meant.

    Raises:
        BadInput: it names somebody to tell whom nobody can reach, or what is not there.
    """
    schedule = placed.schedule
    return [
        *_ored(schedule),
        *_clock_changes(schedule, now),
        *_closer_than_it_lasts(placed, now),
        *_unconfirmed(placed),
        *_untold(placed),
    ]


def _ored(schedule: Schedule) -> Iterator[str]:
    _, _, day, _, weekday = schedule.at.split()
    if not day.startswith("*") and not weekday.startswith("*"):
        yield f"{schedule.at}: cron takes a day of the month or a day of the week, whichever comes; it does not need both"


def _clock_changes(schedule: Schedule, now: datetime) -> Iterator[str]:
    minute, hour, *_ = schedule.at.split()
    if not (minute.isdigit() and hour.isdigit()):
        return
    zone, end = ZoneInfo(schedule.zone), (now + _AHEAD).timestamp()
    ahead = itertools.islice(slots(schedule, now), _MOST)
    for slot in itertools.takewhile(lambda slot: slot.instant <= end, ahead):
        at = datetime.fromtimestamp(slot.instant, zone)
        if (at.hour, at.minute) != (int(hour), int(minute)):
            yield f"on {at:%Y-%m-%d} the clocks skip {int(hour):02}:{int(minute):02}; it begins at {at:%H:%M}"
        elif at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset():
            yield f"on {at:%Y-%m-%d} the clocks show {at:%H:%M} twice; it begins once, at {written(slot.instant)}"


def _closer_than_it_lasts(placed: Placed, now: datetime) -> Iterator[str]:
    first, second = itertools.islice(slots(placed.schedule, now), 2)
    apart, lasts = second.instant - first.instant, shortest(placed)
    if apart <= lasts:
        yield (
            f"its slots are {words.span(apart)} apart, and a run takes {words.span(lasts)} at least: some will find another"
            " run under way"
        )


def _unconfirmed(placed: Placed) -> Iterator[str]:
    settings = environment_settings(placed.environment)
    if settings.tier == "production" and placed.schedule.confirm != settings.name:
        yield f"{settings.name} is production: no slot will run without confirm: {settings.name}"


def _untold(placed: Placed) -> Iterator[str]:
    notify = placed.schedule.notify
    if notify is None:
        return
    targets = targets_in(placed.scenarios)
    for name in notify.to:
        if name not in targets:
            raise BadInput(f"notify: {FILE} lists nobody called {name}{nearest(name, targets)}")
        for reference in _secrets(targets[name]):
            try:
                revealed(reference)
            except BadInput as error:
                yield f"{name} cannot be told from here: {error}"


def _secrets(target: Target) -> list[str]:
    return [value for key in SECRETS if (value := getattr(target, key, None)) is not None]
