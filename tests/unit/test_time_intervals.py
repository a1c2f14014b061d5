"""Time intervals as Alertmanager has them: ranges, months' ends, zones, and clocks that change."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.base.errors import DoorError
from simulator.preflight.intervals import spans
from simulator.preflight.routing import Route, Routes

CONFIGURATION = """
route:
  receiver: ours
  routes:
    - matchers: [kind="muted"]
      mute_time_intervals: [it]
    - matchers: [kind="active"]
      active_time_intervals: [it]
      routes: [{{matchers: [deep="yes"]}}]
receivers: [{{name: ours}}]
{key}:
  - name: it
    time_intervals: [{entries}]
"""


def route(entries: str, kind: str = "muted", key: str = "time_intervals", **labels: str) -> Route:
    (taken,) = Routes.read(CONFIGURATION.format(entries=entries, key=key)).taken({"kind": kind, **labels})
    return taken


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("entry", "moment", "inside"),
    [
        ("{}", "2026-11-30 12:00", True),
        ("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-30 09:00", True),
        ("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-30 16:59", True),
        ("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-30 17:00", False),
        ("{times: [{start_time: '22:00', end_time: '24:00'}]}", "2026-11-30 23:59", True),
        ("{times: [{start_time: 22:00, end_time: 24:00}]}", "2026-12-01 00:00", False),
        ("{weekdays: ['monday:friday']}", "2026-11-29 12:00", False),
        ("{weekdays: ['Monday:Friday']}", "2026-11-30 12:00", True),
        ("{weekdays: ['saturday', 'sunday']}", "2026-11-29 12:00", True),
        ("{days_of_month: ['-1']}", "2026-11-30 12:00", True),
        ("{days_of_month: ['-1']}", "2026-11-29 12:00", False),
        ("{days_of_month: ['-3:-1']}", "2028-02-27 12:00", True),
        ("{days_of_month: ['-3:-1']}", "2028-02-26 12:00", False),
        ("{days_of_month: ['31']}", "2026-11-30 12:00", False),
        ("{days_of_month: ['28:31']}", "2026-11-30 12:00", True),
        ("{days_of_month: ['1:-1']}", "2026-11-30 12:00", True),
        ("{months: ['november:december']}", "2026-11-30 12:00", True),
        ("{months: ['1:3', '11']}", "2026-11-30 12:00", True),
        ("{months: ['december']}", "2026-11-30 12:00", False),
        ("{years: ['2020:2026']}", "2026-11-30 12:00", True),
        ("{years: ['2027']}", "2026-11-30 12:00", False),
        ("{location: 'Europe/Berlin', weekdays: ['tuesday']}", "2026-11-30 23:30", True),
        ("{weekdays: ['tuesday']}, {weekdays: ['monday']}", "2026-11-30 23:30", True),
        (
            "{weekdays: ['monday'], times: [{start_time: '01:00', end_time: '02:00'}]}",
            "2026-11-30 12:00",
            False,
        ),
    ],
)
def test_a_moment_lies_in_an_interval_or_not(entry: str, moment: str, *, inside: bool) -> None:
    begin, end = at(moment), at(moment) + timedelta(minutes=1)
    for key in ("time_intervals", "mute_time_intervals"):
        assert bool(route(entry, key=key).muted(begin, end)) == inside
        assert bool(route(entry, "active", key).muted(begin, end)) != inside


def test_all_of_a_run_is_looked_at_not_only_its_beginning() -> None:
    night = route("{times: [{start_time: '22:00', end_time: '22:30'}]}")
    (muted,) = night.muted(at("2026-11-30 21:50"), at("2026-11-30 23:00"))
    assert str(muted) == "muted by the time interval 'it' from 2026-11-30 22:00 to 2026-11-30 22:30 UTC"
    assert night.muted(at("2026-11-30 21:00"), at("2026-11-30 22:00")) == ()


def test_outside_of_its_active_times_a_route_is_muted() -> None:
    day = route("{times: [{start_time: '08:00', end_time: '18:00'}]}", "active")
    (muted,) = day.muted(at("2026-11-30 17:00"), at("2026-11-30 18:10"))
    assert (
        str(muted) == "muted outside of the time interval 'it' from 2026-11-30 18:00 to 2026-11-30 18:10 UTC"
    )


def test_a_child_inherits_no_interval() -> None:
    assert not route("{}", "active", deep="yes").muted_in
    assert not route("{}", "active", deep="yes").active_in


@pytest.mark.parametrize(
    ("begin", "minutes"),
    [
        ("2026-10-24 22:00", 120),  # the night has 02:00 to 03:00 twice
        ("2026-03-28 22:00", 0),  # and this one has it not at all
        ("2026-06-01 22:00", 60),
    ],
)
def test_a_zone_has_as_much_of_an_interval_as_its_clocks_show(begin: str, minutes: int) -> None:
    held = route("{location: Europe/Berlin, times: [{start_time: '02:00', end_time: '03:00'}]}").muted_in
    found = spans(held, at(begin), at(begin) + timedelta(hours=6), outside=False)
    assert sum(span.end - span.start for span in found) == minutes * 60


@pytest.mark.parametrize(
    "entry",
    [
        "{location: 'Mars/Olympus'}",
        "{weekdays: ['someday']}",
        "{times: [{start_time: '9'}]}",
        "{days_of_month: ['x']}",
    ],
)
def test_an_interval_that_cannot_be_read_is_a_doors_error(entry: str) -> None:
    with pytest.raises(DoorError, match="Alertmanager's configuration cannot be read"):
        route(entry)


def test_an_interval_that_is_not_there_is_a_doors_error() -> None:
    with pytest.raises(DoorError, match="nights"):
        Routes.read("route: {receiver: a, routes: [{mute_time_intervals: [nights]}]}")
