"""Which routes of Alertmanager's configuration an alert takes, whom they tell, how long they wait, and when they are muted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simulator.base.errors import DoorError
from simulator.journal.loaded import Muted
from simulator.plan.durations import duration
from simulator.plan.judged import Judged
from simulator.plan.matchers import Matcher, parse_matchers
from simulator.preflight.intervals import TimeInterval, read_intervals, spans

DEFAULT_GROUP_WAIT = 30.0
DEFAULT_GROUP_INTERVAL = 300.0
"""Alertmanager's own defaults, in seconds."""
WEBHOOK = "/api/v1/webhook/"
"""Where our receiver listens; the severity follows."""
OURS = "simulator-"
"""How the names of our receivers begin: newer versions of Alertmanager keep the addresses of webhooks to themselves."""
OF_OUR_STACKS = Judged()
_ALL = "..."
_TRUE = {"true", "yes", "on", "y"}


@dataclass(frozen=True)
class Route:
    """One node of the routing tree."""

    matchers: tuple[Matcher, ...]
    receiver: str
    group_wait: float
    """Seconds until a new group is told of."""
    group_interval: float
    """Seconds until an alert that joins a group is told of, at worst."""
    group_by: tuple[str, ...]
    goes_on: bool
    muted_in: tuple[TimeInterval, ...]
    active_in: tuple[TimeInterval, ...]
    path: str
    """The matchers from the root to this node."""
    place: tuple[int, ...] = ()
    """Which child of which child of the root it is, counted from 0."""
    children: tuple["Route", ...] = ()

    def takes(self, labels: Mapping[str, str], *, all_known: bool = True) -> bool | None:
        """Whether it takes an alert with these labels; None where that hangs on a label that is not known."""
        known = [one for one in self.matchers if all_known or one.label in labels]
        if not all(matcher.matches(labels) for matcher in known):
            return False
        return True if len(known) == len(self.matchers) else None

    @property
    def longest_wait(self) -> float:
        """Seconds: where an alert may share its group with another one, it can have to wait for the group's turn.

        Whatever else a group goes by, another instance or a namesake can be in it.
        """
        return self.group_wait if _ALL in self.group_by else max(self.group_wait, self.group_interval)

    def muted(self, start: datetime, end: datetime) -> tuple[Muted, ...]:
        """When it tells nobody, between two moments (aware), and for which time interval."""
        asleep = [
            Muted(interval=interval.name, kind="mute", start_epoch=span.start, end_epoch=span.end)
            for interval in self.muted_in
            for span in spans([interval], start, end, outside=False)
        ]
        named = ", ".join(interval.name for interval in self.active_in)
        outside = spans(self.active_in, start, end, outside=True) if self.active_in else ()
        return (
            *asleep,
            *(
                Muted(interval=named, kind="active", start_epoch=span.start, end_epoch=span.end)
                for span in outside
            ),
        )


@dataclass(frozen=True)
class Ends:
    """The routes that an alert ends in, in the order of the tree."""

    routes: tuple[Route, ...]
    decided: bool
    """It takes all of them; else at least one, and which depends on labels that are not known."""


@dataclass(frozen=True)
class Routes:
    """A routing tree, and what is known of the receivers."""

    root: Route
    ours: Mapping[str, str]
    """Receivers that tell our own receiver, and under which severity; empty: under any."""

    @classmethod
    def read(cls, configuration: str, judged: Judged = OF_OUR_STACKS) -> "Routes":
        """From Alertmanager's YAML, and what the environment says of the receivers in it.

        Raises:
            DoorError: it is not a configuration.
        """
        try:
            # As Alertmanager does, which wants text in most places: `match: {code: 010}` is the text 010.
            return cls.of(YAML(typ="base", pure=True).load(configuration), judged)
        except (YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
            raise DoorError(f"Alertmanager's configuration cannot be read: {error}") from None

    @classmethod
    def of(cls, tree: Mapping[str, Any], judged: Judged = OF_OUR_STACKS) -> "Routes":
        """The same from what the YAML says, every scalar as text.

        Raises:
            LookupError, TypeError, AttributeError, ValueError: it is not a configuration.
        """
        return cls(_route(tree["route"], _Inherited(read_intervals(tree))), _told(tree, judged))

    @property
    def slowest(self) -> float:
        """Seconds: the longest that any route to us waits before it tells of a change; of any route, where none leads to us."""
        every = list(_every(self.root))
        told = self.leading_to_us(every) or every
        return max(max(route.group_wait, route.group_interval) for route in told)

    def ends(self, labels: Mapping[str, str], *, all_known: bool) -> Ends:
        """The routes of an alert with these labels, and none or any others besides."""
        routes, decided = _ends(self.root, labels, all_known=all_known)
        return Ends(tuple(routes), decided)

    def taken(self, labels: Mapping[str, str]) -> list[Route]:
        """The routes that an alert with just these labels ends in: one of them, or more where a route goes on."""
        return list(self.ends(labels, all_known=True).routes)

    def to_us(self, labels: Mapping[str, str], severity: str = "") -> list[Route]:
        """Those of them by which our receiver is told, of this severity where one is given."""
        return self.leading_to_us(self.taken(labels), severity)

    def leading_to_us(self, routes: Iterable[Route], severity: str = "") -> list[Route]:
        """Of some routes those by which our receiver is told, of this severity where one is given."""
        return [
            route
            for route in routes
            if route.receiver in self.ours and (not severity or self.is_told(route, severity))
        ]

    def is_told(self, route: Route, severity: str) -> bool:
        """Whether our receiver is told by a route, of this severity."""
        return self.ours.get(route.receiver) in ("", severity)

    def waits(self, labels: Mapping[str, str], *, all_known: bool = True) -> tuple[float, float]:
        """Seconds until the first route to us tells: at least, and at worst, with other alerts in the group.

        Where none leads to us, of all routes that the alert takes.
        """
        ends = self.ends(labels, all_known=all_known)
        told = self.leading_to_us(ends.routes) or ends.routes
        slowest = min if ends.decided else max
        return min(route.group_wait for route in told), slowest(route.longest_wait for route in told)


def _every(route: Route) -> Iterator[Route]:
    yield route
    for child in route.children:
        yield from _every(child)


@dataclass(frozen=True)
class _Inherited:
    """What a route has from its parent where it says nothing itself; intervals and matchers are not inherited."""

    intervals: Mapping[str, TimeInterval]
    receiver: str = ""
    group_wait: float = DEFAULT_GROUP_WAIT
    group_interval: float = DEFAULT_GROUP_INTERVAL
    group_by: tuple[str, ...] = ()
    path: str = ""


def _ends(route: Route, labels: Mapping[str, str], *, all_known: bool) -> tuple[list[Route], bool]:
    found: list[Route] = []
    decided, further = True, False
    for child in route.children:
        takes = child.takes(labels, all_known=all_known)
        if takes is False:
            continue
        below, decided_below = _ends(child, labels, all_known=all_known)
        found += below
        decided = decided and decided_below and takes is True
        further = further or takes is True
        if takes and not child.goes_on:
            break
    return (found if further else [*found, route]), decided


def _route(node: Mapping[str, Any], parent: _Inherited, place: tuple[int, ...] = ()) -> Route:
    matchers = tuple(_matchers(node))
    here = "{" + ", ".join(str(matcher) for matcher in matchers) + "}" if matchers else ""
    mine = _Inherited(
        intervals=parent.intervals,
        receiver=node.get("receiver") or parent.receiver,
        group_wait=_duration(node.get("group_wait"), parent.group_wait),
        group_interval=_duration(node.get("group_interval"), parent.group_interval),
        group_by=tuple(node.get("group_by") or parent.group_by),
        path=" ".join(part for part in (parent.path, here) if part),
    )
    return Route(
        matchers=matchers,
        receiver=mine.receiver,
        group_wait=mine.group_wait,
        group_interval=mine.group_interval,
        group_by=mine.group_by,
        goes_on=str(node.get("continue", "")).lower() in _TRUE,
        muted_in=_named(node.get("mute_time_intervals"), parent.intervals),
        active_in=_named(node.get("active_time_intervals"), parent.intervals),
        path=mine.path or "the root",
        place=place,
        children=tuple(
            _route(child, mine, (*place, at)) for at, child in enumerate(node.get("routes") or ())
        ),
    )


def _named(names: Sequence[str] | None, intervals: Mapping[str, TimeInterval]) -> tuple[TimeInterval, ...]:
    return tuple(intervals[name] for name in names or ())


def _matchers(node: Mapping[str, Any]) -> Iterator[Matcher]:
    for label, value in (node.get("match") or {}).items():
        yield Matcher(label, "=", value)
    for label, value in (node.get("match_re") or {}).items():
        yield Matcher(label, "=~", value)
    for text in node.get("matchers") or ():
        yield from parse_matchers(text)


def _duration(text: str | None, otherwise: float) -> float:
    return duration(text) if text else otherwise


def _told(tree: Mapping[str, Any], judged: Judged) -> dict[str, str]:
    seen = dict(_ours(tree))
    if judged.routes_by_severity:
        return seen
    return dict.fromkeys(judged.told_by or seen, "")


def _ours(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Receivers with a webhook of ours: by its address, and where that is kept secret, by the receiver's name."""
    for receiver in tree.get("receivers") or ():
        for webhook in receiver.get("webhook_configs") or ():
            _, is_ours, route = urlsplit(webhook.get("url", "")).path.partition(WEBHOOK)
            name = receiver["name"]
            if is_ours:
                yield name, unquote(route)
            elif "://" not in webhook.get("url", "") and name.startswith(OURS):
                yield name, name.removeprefix(OURS)
