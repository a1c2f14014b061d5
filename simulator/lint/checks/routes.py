"""Whom alerts reach, and when they do not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from simulator.base.names import some
from simulator.lint.budget import ends_of, every
from simulator.lint.estate import Estate
from simulator.lint.files.alertmanager import Alertmanager
from simulator.lint.files.rules import Rule
from simulator.lint.finding import Found, check
from simulator.preflight.intervals import TimeInterval
from simulator.preflight.routing import Route

_NEEDS = "rules, Alertmanager"
_FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS = 366
"""A leap year: every day of every month is in it."""
_LAST_YEAR = 9999
"""Of Python's calendar; the day after its last cannot be told."""


@check(
    "route/nobody",
    "error",
    why="An alert that no receiver is told of wakes nobody, however fast it fires.",
    needs=_NEEDS,
)
def nobody(estate: Estate) -> Iterator[Found]:
    """An alert that is left to a route whose receiver tells nobody, without any route that takes it on purpose.

    A route that names such a receiver and takes an alert by a condition is meant; with routes below it that let the alert
    pass it may be, and is a warning. So is the source of an inhibition, and an alert to whose severity nothing is promised.
    """
    if estate.prometheus is not None and estate.prometheus.managers == 0 and estate.alerts:
        yield Found(
            estate.prometheus.place,
            "alerting",
            f"no Alertmanager is named, and {len(estate.alerts)} alerts could be told to one",
            "name one under alerting: alertmanagers:",
        )
    manager = estate.alertmanager
    if manager is None:
        return
    for rule in estate.alerts:
        ends = ends_of(estate, rule)
        promised = estate.promised.of(estate.labels[rule.place].sure) is not None
        if ends is None or not promised or _is_source(manager, rule):
            continue
        if all(_left_to_nobody(manager, route) for route in ends.routes):
            route = ends.routes[0]
            yield Found(
                rule.place,
                rule.name,
                f"{rule.name} ends in {route.path} (line {manager.place_of(route).line}), whose receiver"
                f" {route.receiver!r} tells nobody",
                f"add a route that takes it, or give {route.receiver!r} a way to tell somebody",
                cause=f"left to the receiver {route.receiver!r}",
                severity="warn" if any(one.matchers for one in ends.routes) else None,
            )


def _left_to_nobody(manager: Alertmanager, route: Route) -> bool:
    return not manager.receivers[route.receiver].kinds and (not route.matchers or bool(route.children))


def _is_source(manager: Alertmanager, rule: Rule) -> bool:
    """Whether an inhibition names it: then it is there for that."""
    return any(
        matcher.label == "alertname" and matcher.op == "=" and matcher.value == rule.name
        for inhibition in manager.inhibitions
        for matcher in inhibition.source
    )


@check(
    "route/muted",
    "error",
    why="Nobody is told while a route is mute, and what is promised is promised at any hour.",
    needs=_NEEDS,
)
def muted(estate: Estate) -> Iterator[Found]:
    """A route that is mute at all times; where it is so at some times only, that may be meant and is a warning."""
    manager = estate.alertmanager
    if manager is None or manager.routes is None:
        return
    closed = {
        route: _mute(route) for route in every(manager.routes.root) if manager.receivers[route.receiver].kinds
    }
    taken: dict[Route, list[str]] = {}
    for rule in estate.alerts:
        ends = ends_of(estate, rule)
        if ends is None or estate.promised.of(estate.labels[rule.place].sure) is None:
            continue
        ways = [route for route in ends.routes if route in closed]
        if ends.decided and all(closed[route] != _NEVER for route in ways):
            for route in ways:
                taken.setdefault(route, []).append(rule.name)
    for route, names in taken.items():
        intervals = ", ".join(one.name for one in (*route.muted_in, *route.active_in))
        when = "at all times" if closed[route] == _ALWAYS else "at times"
        yield Found(
            manager.place_of(route),
            route.path,
            f"{route.path} is mute {when} ({intervals}), and {some(sorted(set(names)))} take no other",
            "take the interval away, or send what must be told at any hour by another route",
            severity=None if closed[route] == _ALWAYS else "warn",
        )


_NEVER, _SOMETIMES, _ALWAYS = 0, 1, 2


def _mute(route: Route) -> int:
    """When it is mute, in a year of days at the minutes where anything can change."""
    if not route.muted_in and not route.active_in:
        return _NEVER
    seen = [_is_mute(route, moment) for moment in _moments((*route.muted_in, *route.active_in))]
    return _ALWAYS if all(seen) else _SOMETIMES if any(seen) else _NEVER


def _is_mute(route: Route, moment: datetime) -> bool:
    asleep = any(one.contains(moment) for one in route.muted_in)
    return asleep or (bool(route.active_in) and not any(one.contains(moment) for one in route.active_in))


def _moments(intervals: tuple[TimeInterval, ...]) -> Iterator[datetime]:
    ends = {
        minute for one in intervals for entry in one.entries for span in entry.times or () for minute in span
    }
    minutes = sorted({0, *(minute for minute in ends if minute < 24 * 60)})
    years = {
        year for one in intervals for entry in one.entries for span in entry.years or () for year in span
    }
    for first in (
        _FIRST_DAY,
        *(datetime(year, 1, 1, tzinfo=UTC) for year in sorted(years) if 1 < year < _LAST_YEAR),
    ):
        for day in range(_DAYS):
            for minute in minutes:
                yield first + timedelta(days=day, minutes=minute)
