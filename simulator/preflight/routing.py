"""Which routes of Alertmanager's configuration an alert takes, whom they tell, how long they wait, and when they are muted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import promql_parser
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simulator.errors import DoorError
from simulator.journal.loaded import Muted
from simulator.preflight.intervals import TimeInterval, read_intervals, spans
from simulator.preflight.matchers import Matcher, parse_matchers

DEFAULT_GROUP_WAIT = 30.0
DEFAULT_GROUP_INTERVAL = 300.0
"""Alertmanager's own defaults, in seconds."""
WEBHOOK = "/api/v1/webhook/"
"""Where our receiver listens; the severity follows."""
OURS = "simulator-"
"""How the names of our receivers begin: newer versions of Alertmanager keep the addresses of webhooks to themselves."""
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
    children: tuple["Route", ...] = ()

    def takes(self, labels: Mapping[str, str]) -> bool:
        return all(matcher.matches(labels) for matcher in self.matchers)

    @property
    def longest_wait(self) -> float:
        """Seconds: where an alert may share its group with another one, it can have to wait for the group's turn."""
        alone = _ALL in self.group_by or "alertname" in self.group_by
        return self.group_wait if alone else max(self.group_wait, self.group_interval)

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
class Routes:
    """A routing tree, and what is known of the receivers."""

    root: Route
    ours: Mapping[str, str]
    """Receivers that tell our own receiver, and under which severity."""

    @classmethod
    def read(cls, configuration: str) -> "Routes":
        """From Alertmanager's YAML.

        Raises:
            DoorError: it is not a configuration.
        """
        try:
            # As Alertmanager does, which wants text in most places: `match: {code: 010}` is the text 010.
            tree = YAML(typ="base", pure=True).load(configuration)
            return cls(_route(tree["route"], _Inherited(read_intervals(tree))), dict(_ours(tree)))
        except (YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
            raise DoorError(f"Alertmanager's configuration cannot be read: {error}") from None

    def taken(self, labels: Mapping[str, str]) -> list[Route]:
        """The routes that an alert ends in, in the order of the tree: one of them, or more where a route goes on."""
        return _taken(self.root, labels)

    def to_us(self, labels: Mapping[str, str], severity: str = "") -> list[Route]:
        """Those of them by which our receiver is told, of this severity where one is given."""
        return [
            route
            for route in self.taken(labels)
            if route.receiver in self.ours and severity in ("", self.ours[route.receiver])
        ]

    def is_decided(self, labels: Mapping[str, str]) -> bool:
        """Whether no label that an alert may have besides these could change its way."""
        return _asked(self.root) <= labels.keys()

    def group_wait(self, labels: Mapping[str, str]) -> float:
        """The shortest wait of the routes to us; of all routes that the alert takes, where none leads to us. Seconds."""
        return min(route.group_wait for route in self.to_us(labels) or self.taken(labels))

    def longest_wait(self, labels: Mapping[str, str]) -> float:
        """The same at worst: with other alerts in the group."""
        return min(route.longest_wait for route in self.to_us(labels) or self.taken(labels))


@dataclass(frozen=True)
class _Inherited:
    """What a route has from its parent where it says nothing itself; intervals and matchers are not inherited."""

    intervals: Mapping[str, TimeInterval]
    receiver: str = ""
    group_wait: float = DEFAULT_GROUP_WAIT
    group_interval: float = DEFAULT_GROUP_INTERVAL
    group_by: tuple[str, ...] = ()
    path: str = ""


def _taken(route: Route, labels: Mapping[str, str]) -> list[Route]:
    taken: list[Route] = []
    for child in route.children:
        if child.takes(labels):
            taken += _taken(child, labels)
            if not child.goes_on:
                break
    return taken or [route]


def _asked(route: Route) -> set[str]:
    """The labels that any matcher below a route asks for."""
    return {matcher.label for child in route.children for matcher in child.matchers}.union(
        *(_asked(child) for child in route.children)
    )


def _route(node: Mapping[str, Any], parent: _Inherited) -> Route:
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
        children=tuple(_route(child, mine) for child in node.get("routes") or ()),
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
    """Prometheus's durations, which know days, weeks and years."""
    if not text:
        return otherwise
    nothing = not text.strip("0ywdhms")  # which the parser refuses
    return 0.0 if nothing else promql_parser.parse_duration(text).total_seconds()


def _ours(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Receivers with a webhook of ours: by its address, and where that is kept secret, by the receiver's name."""
    for receiver in tree.get("receivers") or ():
        for webhook in receiver.get("webhook_configs") or ():
            path = urlsplit(webhook.get("url", "")).path
            name = receiver["name"]
            if path.startswith(WEBHOOK):
                yield name, path.removeprefix(WEBHOOK)
            elif "://" not in webhook.get("url", "") and name.startswith(OURS):
                yield name, name.removeprefix(OURS)
