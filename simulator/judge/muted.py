"""Whether the way of a page that did not come, or came late, was muted: then nothing is proven, as with a silence."""

from collections.abc import Collection

from simulator.journal.facts import AlertmanagerAlert, Page
from simulator.journal.loaded import Muted, RouteSeen
from simulator.judge.case import Case
from simulator.plan.identity import Identity


def muted_by(
    case: Case, alerts: Collection[AlertmanagerAlert] | Collection[Page], since: float, until: float
) -> str:
    """The time interval that muted every route of these alerts to our receiver at some time, and the route; else empty.

    Both moments are run seconds.
    """
    ways = [way for alert in alerts for way in _ways(case, alert.identity)]
    start, end = case.time.epoch + since, case.time.epoch + until
    held = [_held(way, start, end) for way in ways]
    if not held or None in held:
        return ""
    return f"{held[0]} on its route {ways[0].route} to {ways[0].receiver!r}"


def _ways(case: Case, alert: Identity) -> list[RouteSeen]:
    """The ways of one alert to our receiver, by the label sets that come closest to its own.

    Preflight also wrote down the ways of instances that there were not yet, by the labels which all of them have.
    """
    alike = [
        way
        for way in case.history
        if isinstance(way, RouteSeen) and Identity.of(way.alert, way.labels).agrees(alert)
    ]
    closest = max((_closeness(way, alert) for way in alike), default=None)
    return [way for way in alike if way.ours and _closeness(way, alert) == closest]


def _closeness(way: RouteSeen, alert: Identity) -> tuple[int, int]:
    """How many labels they have in common, and how many only the way has."""
    known, has = set(Identity.of(way.alert, way.labels).labels), set(alert.labels)
    return len(known & has), -len(known - has)


def _held(way: RouteSeen, start: float, end: float) -> Muted | None:
    return next((one for one in way.muted if one.start_epoch <= end and start < one.end_epoch), None)
