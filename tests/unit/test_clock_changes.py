"""Blackouts through clock changes: whatever a clock in the zone shows, a time that lies in the window is inside."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.base.values import epoch
from simulator.safety.nets import DAYS, Blackout, Day, Nets

MINUTE = timedelta(minutes=1)
FIRST, LAST = 1990, 2060
"""Years: the past has every kind of change that ever was made, the future what the rules say."""
ZONES = sorted(available_timezones())
THREE_DAYS = 3 * 24 * 60


def window(start: str, end: str, zone: str, *days: Day) -> Blackout:
    return Blackout(because="a clock change", start=start, end=end, zone=zone, days=days or DAYS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shows_a_time_of(blackout: Blackout, moment: datetime) -> bool:
    """Whether a clock on the wall shows, at this moment, a day and a time that lie in the window: by reading alone."""
    wall = moment.astimezone(ZoneInfo(blackout.zone))
    shown, today, yesterday = f"{wall:%H:%M}", DAYS[wall.weekday()], DAYS[wall.weekday() - 1]
    if blackout.end > blackout.start:
        return today in blackout.days and blackout.start <= shown < blackout.end
    return (today in blackout.days and shown >= blackout.start) or (
        yesterday in blackout.days and shown < blackout.end
    )


def changes(zone: str, year: int) -> Iterator[datetime]:
    """The moments of a year at which the zone's clocks change, to the minute."""
    key = ZoneInfo(zone)
    hour = datetime(year, 1, 1, tzinfo=UTC)
    while hour.year == year:
        after = hour + timedelta(hours=1)
        if hour.astimezone(key).utcoffset() != after.astimezone(key).utcoffset():
            yield next(
                at
                for at in (hour + minutes * MINUTE for minutes in range(61))
                if at.astimezone(key).utcoffset() == after.astimezone(key).utcoffset()
            )
        hour = after


CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59)).map("{:%H:%M}".format)
WINDOWS = st.builds(
    Blackout,
    because=st.just("a clock change"),
    start=CLOCKS,
    end=CLOCKS | st.just("24:00"),
    days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
    zone=st.sampled_from(ZONES),
)

MOMENTS = st.datetimes(
    datetime(FIRST, 1, 1),  # noqa: DTZ001  hypothesis wants its bounds without a zone
    datetime(LAST, 1, 1),  # noqa: DTZ001  as above
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("blackout", "moment", "inside"),
    [
        # Berlin's clocks go back at 01:00 UTC: 02:00 to 03:00 comes twice.
        (window("01:30", "02:30", "Europe/Berlin"), "2026-10-25T01:15", True),
        (window("01:30", "02:30", "Europe/Berlin"), "2026-10-25T00:15", True),
        (window("01:30", "02:30", "Europe/Berlin"), "2026-10-25T01:30", False),
        (window("02:30", "03:00", "Europe/Berlin"), "2026-10-25T00:30", True),
        (window("02:30", "03:00", "Europe/Berlin"), "2026-10-25T01:59", True),
        (window("02:30", "03:00", "Europe/Berlin"), "2026-10-25T00:29", False),
        # They go forward at 01:00 UTC: 02:00 to 03:00 is skipped.
        (window("02:30", "03:15", "Europe/Berlin"), "2026-03-29T01:10", True),
        (window("02:30", "03:15", "Europe/Berlin"), "2026-03-29T01:15", False),
        (window("02:10", "02:50", "Europe/Berlin"), "2026-03-29T01:00", True),  # skipped as a whole
        (window("01:30", "02:30", "Europe/Berlin"), "2026-03-29T01:00", True),
        (window("22:00", "02:30", "Europe/Berlin", "sat"), "2026-10-25T01:29", True),
        (window("22:00", "02:30", "Europe/Berlin", "sun"), "2026-10-25T01:29", False),
        # Half an hour, in the south: 01:30 to 02:00 comes twice, from 14:30 UTC of the day before.
        (window("01:40", "01:50", "Australia/Lord_Howe"), "2026-04-04T14:45", True),
        (window("01:40", "01:50", "Australia/Lord_Howe"), "2026-04-04T15:15", True),
        (window("02:00", "02:30", "Australia/Lord_Howe"), "2026-10-03T15:29", True),  # skipped
        # Samoa went from Thursday to Saturday. No clock showed a Friday; the stretch is as long as it can be read.
        (window("00:00", "24:00", "Pacific/Apia", "fri"), "2011-12-30T09:59", True),
        (window("22:00", "06:00", "Pacific/Apia", "fri"), "2011-12-30T15:59", True),
        (window("00:00", "24:00", "Pacific/Apia", "sat"), "2011-12-30T10:00", True),
    ],
)
def test_the_nights_of_a_change(blackout: Blackout, moment: str, *, inside: bool) -> None:
    at = utc(moment)
    assert blackout.meets(at, at) == inside
    assert (Nets(blackouts=(blackout,)).blackout(at, 0) == blackout) == inside


@settings(max_examples=30, deadline=None)
@given(WINDOWS, st.integers(FIRST, LAST), st.data())
@example(window("00:00", "24:00", "Pacific/Apia", "fri"), 2011, None)
@example(window("23:50", "00:10", "America/Sao_Paulo", "sat"), 2018, None)  # changes at midnight
@example(window("01:55", "02:05", "Antarctica/Troll"), 2026, None)  # two hours
def test_no_moment_that_shows_a_time_of_the_window_is_missed(
    blackout: Blackout, year: int, data: st.DataObject | None
) -> None:
    """Minute by minute, over three days around a change or, in a zone without, around any other moment."""
    around = [*changes(blackout.zone, year)] or [datetime(year, 6, 1, tzinfo=UTC)]
    change = data.draw(st.sampled_from(around)) if data is not None else around[-1]
    minutes = [change + (minute - THREE_DAYS // 2) * MINUTE for minute in range(THREE_DAYS)]
    missed = [at for at in minutes if shows_a_time_of(blackout, at) and not blackout.meets(at, at)]
    assert missed == []


@settings(max_examples=30, deadline=None)
@given(WINDOWS, MOMENTS)
def test_away_from_a_change_nothing_else_is_inside(blackout: Blackout, moment: datetime) -> None:
    """Being on the safe side is for the nights of a change: on other days the window is what it says."""
    at = moment.replace(second=0, microsecond=0)
    zone = ZoneInfo(blackout.zone)
    offsets = {(at + timedelta(hours=hour)).astimezone(zone).utcoffset() for hour in range(-72, 73)}
    if len(offsets) == 1:
        assert blackout.meets(at, at) == shows_a_time_of(blackout, at)


@settings(max_examples=30, deadline=None)
@given(
    WINDOWS,
    MOMENTS,
    st.integers(0, 4000),
)
def test_a_run_meets_what_any_of_its_moments_meets(blackout: Blackout, begin: datetime, minutes: int) -> None:
    end = begin + minutes * MINUTE
    moments = (begin + minute * MINUTE for minute in range(minutes + 1))
    if any(blackout.meets(at, at) for at in moments):
        assert blackout.meets(begin, end)


@pytest.mark.parametrize(
    "text", ["2026-10-25T02:30:00", "2026-10-25", "20261025T023000.123456789", "2026-W43-7"]
)
def test_a_stamp_without_an_offset_is_refused_whatever_this_machines_zone(text: str) -> None:
    """It would be read in this machine's own zone, where an hour of the year comes twice."""
    with pytest.raises(ValueError, match="has no offset from UTC"):
        epoch(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-25T02:30:00.123456789+02:00", 1792888200.123456),
        ("2026-10-25T02:30:00.123456789+01:00", 1792891800.123456),
        ("2026-10-25T00:30:00.1Z", 1792888200.1),
        ("2026-10-25T00:30:00Z", 1792888200.0),
    ],
)
def test_a_stamp_of_any_precision_and_offset_is_read(text: str, expected: float) -> None:
    assert epoch(text) == pytest.approx(expected, abs=1e-6)
