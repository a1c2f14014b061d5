"""Whether the way of a page that did not come, or came late, was muted: then nothing is proven, as with a silence."""

from simulator.journal.loaded import Muted, RouteSeen
from simulator.judge.case import Case
from simulator.plan.identity import Identity
from simulator.plan.models import AlertExpectation


def muted_by(case: Case, wanted: AlertExpectation, since: float, until: float) -> str:
    """The time interval that muted every route of the alert to our receiver at some time, and the route; else empty.

    Both moments are run seconds.
    """
    ways = [
        fact
        for fact in case.history
        if isinstance(fact, RouteSeen)
        and fact.ours
        and case.identity(wanted).agrees(Identity.of(fact.alert, fact.labels))
    ]
    start, end = case.time.epoch + since, case.time.epoch + until
    held = [_held(way, start, end) for way in ways]
    if not held or None in held:
        return ""
    return f"{held[0]} on its route {ways[0].route} to {ways[0].receiver!r}"


def _held(way: RouteSeen, start: float, end: float) -> Muted | None:
    return next((one for one in way.muted if one.start_epoch <= end and start < one.end_epoch), None)
