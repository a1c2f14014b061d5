"""When slots are: both nights of a clock change, jitter, closed days."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.schedule.slots import closed, slots, slots_until, upcoming, written
from tests.schedule.office import TUESDAY, weekly

BERLIN = ZoneInfo("Europe/Berlin")


def days_of(at: str, first: datetime, number: int) -> list[str]:
    found = itertools.islice(slots(weekly(at=at), first), number)
    return [written(slot.instant) for slot in found]


def test_in_the_night_that_skips_an_hour_it_comes_once() -> None:
    # In Berlin 02:00 is 03:00 on 2026-03-29.
    first = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert days_of("30 2 * * *", first, 2) == ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]


def test_in_the_night_that_repeats_an_hour_it_comes_once() -> None:
    # 03:00 is 02:00 again on 2026-10-25.
    first = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert days_of("30 2 * * *", first, 2) == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]


def test_every_twenty_minutes_never_stops_in_either_night() -> None:
    for night in (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)):
        instants = [slot.instant for slot in itertools.islice(slots(weekly(at="*/20 * * * *"), night), 18)]
        assert {later - earlier for earlier, later in itertools.pairwise(instants)} == {1200.0}


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001  made aware below
    st.sampled_from(["30 2 * * *", "0 10 * * TUE", "*/7 1-3 * * *", "15 0 1 * *", "59 23 L * *"]),
)
def test_slots_rise_and_are_the_same_from_wherever_they_are_counted(
    zone: str, start: datetime, at: str
) -> None:
    schedule, first = weekly(at=at, zone=zone), start.replace(tzinfo=UTC)
    found = list(itertools.islice(slots(schedule, first), 40))
    instants = [slot.instant for slot in found]
    assert instants == sorted(set(instants))
    assert instants[0] > first.timestamp()
    again = list(itertools.islice(slots(schedule, datetime.fromtimestamp(instants[9], UTC)), 30))
    assert again == found[10:]


@given(st.integers(0, 86_400), st.integers(0, 500))
def test_jitter_is_stable_and_within_its_limit(jitter: int, week: int) -> None:
    schedule = weekly(jitter=float(jitter))
    slot = next(slots(schedule, TUESDAY + timedelta(days=7 * week)))
    assert 0 <= slot.due - slot.instant <= jitter
    assert slot == next(slots(schedule, TUESDAY + timedelta(days=7 * week)))


def test_jitter_spreads_over_all_of_it() -> None:
    found = itertools.islice(slots(weekly(jitter=900.0), TUESDAY), 400)
    by_third = [int((slot.due - slot.instant) // 300.1) for slot in found]
    assert all(90 < by_third.count(third) < 180 for third in range(3))


def test_a_slot_whose_jitter_still_runs_comes_next() -> None:
    schedule = weekly(jitter=900.0)
    slot = next(slots(schedule, TUESDAY))
    between = datetime.fromtimestamp((slot.instant + slot.due) / 2, UTC)
    assert upcoming(schedule, between, 1) == [slot]
    assert slots_until(schedule, TUESDAY, between) == []
    assert slots_until(schedule, TUESDAY, datetime.fromtimestamp(slot.due, UTC)) == [slot]


@pytest.mark.parametrize(("day", "shut"), [(date(2026, 11, 3), True), (date(2026, 11, 4), False)])
def test_a_closed_day_is_one_of_the_schedules_own_zone(day: date, *, shut: bool) -> None:
    # 23:30 UTC on the 2nd is 00:30 on the 3rd in Berlin.
    schedule = weekly(at="30 0 * * *", closed=[day.isoformat()])
    slot = next(slots(schedule, datetime(2026, 11, 2, 12, tzinfo=UTC)))
    assert closed(schedule, slot) is shut


def test_years_of_nobody_looking_are_bounded() -> None:
    schedule = weekly(at="*/5 * * * *", zone="UTC")
    found = slots_until(schedule, TUESDAY - timedelta(days=365), TUESDAY)
    assert len(found) == 10_000
    assert TUESDAY.timestamp() - found[-1].due < 300
