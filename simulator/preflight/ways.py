"""Whether a page would find its way to our receiver while a run lasts: by which routes, when muted, when silenced."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from simulator.doors.alertmanager import Silence
from simulator.preflight.loaded import Alerting, Asked, Instance, Loaded, silences_of
from simulator.preflight.routing import Route, Routes

Stretch = tuple[datetime, datetime]
"""From one moment (aware) to another."""


def never_open(asked: Asked, loaded: Loaded, during: Stretch) -> str:
    """Why no page of the alert can reach our receiver at any time, whatever instance of it fires; empty when one can."""
    ways = _Ways([_way(asked, alert.sure, loaded, during) for alert in _fitting(asked)], during)
    reasons = [ways.shut(at) for at in ways.moments]
    return "" if "" in reasons else reasons[0]


def not_always_open(asked: Asked, loaded: Loaded, during: Stretch) -> str:
    """Why at some time no page would reach it, as far as the instances that there are now tell; empty when one would."""
    instances = [one for alert in _fitting(asked) for one in alert.instances]
    ways = _Ways([_way(asked, one, loaded, during) for one in instances], during)
    return next((reason for at in ways.moments if (reason := ways.shut(at))), "")


def _fitting(asked: Asked) -> list[Alerting]:
    """The rules whose page would have the severity that is expected; none of an alert that nobody has to be told of."""
    if asked.wanted.expect != "notified":
        return []
    known = ("", asked.wanted.severity)
    return [alert for alert in asked.able if alert.rule.fixed_labels.get("severity", "") in known]


@dataclass(frozen=True)
class _Shut:
    """A time in which something keeps pages back, in UTC seconds."""

    start: float
    end: float
    why: str


@dataclass(frozen=True)
class _Way:
    """How one instance of an alert reaches our receiver."""

    astray: str
    """Why no route leads there."""
    silenced: tuple[_Shut, ...]
    muted: tuple[tuple[_Shut, ...], ...]
    """Of each route that leads there."""

    @property
    def shuts(self) -> Iterator[_Shut]:
        return chain(self.silenced, *self.muted)

    def shut(self, at: float) -> str:
        """Why nothing gets through at a moment; empty when something does. One open route is enough."""
        muted = [_at(times, at) for times in self.muted]
        return self.astray or _at(self.silenced, at) or ("" if "" in muted else muted[0])


@dataclass(frozen=True)
class _Ways:
    """Those of every instance; a page by any of them will do."""

    ways: list[_Way]
    during: Stretch

    @property
    def moments(self) -> list[float]:
        """When anything may change: between two of them all is as at the first."""
        start, end = (moment.timestamp() for moment in self.during)
        turns = {at for way in self.ways for one in way.shuts for at in (one.start, one.end)}
        return [start, *sorted(at for at in turns if start < at < end)]

    def shut(self, at: float) -> str:
        reasons = [way.shut(at) for way in self.ways]
        return "" if not reasons or "" in reasons else reasons[0]


def _at(times: tuple[_Shut, ...], at: float) -> str:
    return next((one.why for one in times if one.start <= at < one.end), "")


def _way(asked: Asked, instance: Instance, loaded: Loaded, during: Stretch) -> _Way:
    severity = asked.wanted.severity
    routes = loaded.routes.ends(instance.labels, all_known=instance.all_known).routes
    ours = loaded.routes.leading_to_us(routes, severity)
    return _Way(
        astray="" if ours else _astray(routes, loaded.routes, severity),
        silenced=tuple(_silenced(one) for one in silences_of(instance.labels, loaded.silences)),
        muted=tuple(_muted(route, during) for route in ours),
    )


def _astray(routes: tuple[Route, ...], all_: Routes, severity: str) -> str:
    ends = ", ".join(f"{route.receiver!r} by {route.path}" for route in routes)
    wrong = [all_.ours[route.receiver] for route in all_.leading_to_us(routes)]
    if wrong:
        return f"its route leads to our receiver as {wrong[0]!r}, expected {severity!r}: it goes to {ends}"
    ours = ", ".join(sorted(all_.ours)) or "none"
    return f"its route does not lead to our receiver: it goes to {ends}; ours are {ours}"


def _muted(route: Route, during: Stretch) -> tuple[_Shut, ...]:
    return tuple(
        _Shut(one.start_epoch, one.end_epoch, f"{one} on its route {route.path} to {route.receiver!r}")
        for one in route.muted(*during)
    )


def _silenced(silence: Silence) -> _Shut:
    start, end = (
        f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
        for at in (silence.starts_epoch, silence.ends_epoch)
    )
    why = f"silenced in Alertmanager by {silence.id} ({silence.comment}) from {start} to {end} UTC"
    return _Shut(silence.starts_epoch, silence.ends_epoch, why)
