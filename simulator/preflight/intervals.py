"""Alertmanager's time intervals: the times in which a route is muted, or outside of which it is.

As Alertmanager reads them: ranges are inclusive but for the end of a time of day, all parts of one entry must hold, one
entry of an interval is enough, and without a location the times are UTC.
"""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from simulator.base.values import Value

_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = tuple(name.lower() for name in calendar.month_name)
"""From 1 on, as the calendar counts them."""
_MINUTE = timedelta(minutes=1)

Range = tuple[int, int]


class Span(Value):
    """From one moment to another, in UTC seconds; the end is no longer part of it."""

    start: float
    end: float


class TimeEntry(Value):
    """One entry of a time interval; a part that is not given always holds."""

    times: tuple[Range, ...] | None = None
    """Minutes of the day; the second is exclusive."""
    weekdays: tuple[Range, ...] | None = None
    """From 0, Sunday, to 6."""
    days_of_month: tuple[Range, ...] | None = None
    """From 1, or from the month's end: -1 is its last day."""
    months: tuple[Range, ...] | None = None
    years: tuple[Range, ...] | None = None
    location: str = ""
    """A zone; `Local` is the zone of Alertmanager's machine, taken to be this one's; empty is UTC."""

    def contains(self, moment: datetime) -> bool:
        """Whether a moment (aware) lies in it."""
        there = moment.astimezone(_zone(self.location))
        days = calendar.monthrange(there.year, there.month)[1]
        minute = there.hour * 60 + there.minute
        return (
            (self.times is None or any(start <= minute < end for start, end in self.times))
            and (self.days_of_month is None or any(_has(day, there.day, days) for day in self.days_of_month))
            and _within(self.months, there.month)
            and _within(self.weekdays, there.isoweekday() % 7)
            and _within(self.years, there.year)
        )


class TimeInterval(Value):
    """A time interval by name."""

    name: str
    entries: tuple[TimeEntry, ...]

    def contains(self, moment: datetime) -> bool:
        return any(entry.contains(moment) for entry in self.entries)


def spans(
    intervals: Sequence[TimeInterval], start: datetime, end: datetime, *, outside: bool
) -> tuple[Span, ...]:
    """When any of the intervals holds between two moments (aware), or, with `outside`, when none of them does.

    Minute by minute, which is what Alertmanager's times are made of: so a clock change in any zone is in it.
    """
    found: list[Span] = []
    began: datetime | None = None
    moment = start
    while moment < end:
        following = min(moment.replace(second=0, microsecond=0) + _MINUTE, end)
        held = any(interval.contains(moment) for interval in intervals) != outside
        if held and began is None:
            began = moment
        if began is not None and (not held or following == end):
            found.append(Span(start=began.timestamp(), end=(following if held else moment).timestamp()))
            began = None
        moment = following
    return tuple(found)


def read_intervals(tree: Mapping[str, Any]) -> dict[str, TimeInterval]:
    """All time intervals of a configuration, under the key of today and that of before 0.24.

    Raises:
        ValueError: one of them cannot be read.
        KeyError: one has no name.
    """
    listed = [*(tree.get("time_intervals") or ()), *(tree.get("mute_time_intervals") or ())]
    return {one["name"]: TimeInterval(name=one["name"], entries=tuple(_entries(one))) for one in listed}


def _entries(interval: Mapping[str, Any]) -> Iterator[TimeEntry]:
    for entry in interval.get("time_intervals") or ():
        parts = entry or {}
        _zone(parts.get("location", ""))  # a zone that is not known is found when it is read
        yield TimeEntry(
            times=_ranges(parts.get("times"), _times),
            weekdays=_ranges(parts.get("weekdays"), lambda text: _named(text, _WEEKDAYS)),
            days_of_month=_ranges(parts.get("days_of_month"), _numbers),
            months=_ranges(parts.get("months"), lambda text: _named(text, _MONTHS)),
            years=_ranges(parts.get("years"), _numbers),
            location=parts.get("location", ""),
        )


def _ranges(listed: Any, read: Any) -> tuple[Range, ...] | None:
    """An empty list is written out as nothing at all, and so always holds."""
    return tuple(read(one) for one in listed) if listed else None


def _times(given: Mapping[str, str]) -> Range:
    return _minute(given["start_time"]), _minute(given["end_time"])


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _named(text: str, names: Sequence[str]) -> Range:
    """`monday:friday`, `march`, and months by number too."""
    start, _, end = text.lower().partition(":")
    first, last = (names.index(part) if part in names else int(part) for part in (start, end or start))
    return first, last


def _numbers(text: str) -> Range:
    start, _, end = text.partition(":")
    return int(start), int(end or start)


def _within(ranges: tuple[Range, ...] | None, value: int) -> bool:
    return ranges is None or any(start <= value <= end for start, end in ranges)


def _has(days: Range, day: int, length: int) -> bool:
    """Whether a day of a month of this length lies between two days, either counted from its end."""
    start, end = (one if one > 0 else length + one + 1 for one in days)
    return start <= length and start <= day <= min(end, length)


def _zone(name: str) -> tzinfo | None:
    """The zone of this name; None, for `datetime.astimezone`, is this machine's own."""
    if name == "Local":
        return None
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"{name!r} is not a time zone") from None
