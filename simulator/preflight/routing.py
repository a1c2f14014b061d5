"""Which route of Alertmanager's configuration an alert takes, and how long its group waits."""

import re
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simulator.errors import DoorError
from simulator.values import seconds

_MATCHER = re.compile(r'^\s*(?P<label>\w+)\s*(?P<op>=~|!~|!=|=)\s*"?(?P<value>.*?)"?\s*$')
DEFAULT_GROUP_WAIT = 30.0
"""Alertmanager's own default, in seconds."""


@dataclass(frozen=True)
class Route:
    """One node of the routing tree."""

    matchers: tuple[tuple[str, str, str], ...]
    group_wait: float
    goes_on: bool
    children: tuple["Route", ...]

    def takes(self, labels: dict[str, str]) -> bool:
        return all(_matches(labels.get(label, ""), op, value) for label, op, value in self.matchers)


@dataclass(frozen=True)
class Routes:
    """A routing tree."""

    root: Route

    @classmethod
    def read(cls, configuration: str) -> "Routes":
        """From Alertmanager's YAML.

        Raises:
            DoorError: it is not a configuration.
        """
        try:
            tree = YAML(typ="safe", pure=True).load(configuration)
            return cls(_route(tree["route"], DEFAULT_GROUP_WAIT))
        except (YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise DoorError(f"Alertmanager's configuration cannot be read: {error}") from None

    def group_wait(self, labels: dict[str, str]) -> float:
        """The shortest wait of the routes the alert takes, in seconds."""
        return min(route.group_wait for route in _taken(self.root, labels))


def _taken(route: Route, labels: dict[str, str]) -> list[Route]:
    taken: list[Route] = []
    for child in route.children:
        if child.takes(labels):
            taken += _taken(child, labels)
            if not child.goes_on:
                break
    return taken or [route]


def _route(node: dict[str, Any], inherited: float) -> Route:
    wait = float(seconds(node["group_wait"])) if "group_wait" in node else inherited  # type: ignore[arg-type]  # seconds() gives numbers for text
    matchers = [_matcher(text) for text in node.get("matchers", [])]
    matchers += [(label, "=", value) for label, value in node.get("match", {}).items()]
    return Route(
        matchers=tuple(matchers),
        group_wait=wait,
        goes_on=bool(node.get("continue", False)),
        children=tuple(_route(child, wait) for child in node.get("routes") or []),
    )


def _matcher(text: str) -> tuple[str, str, str]:
    found = _MATCHER.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not a matcher")
    return found["label"], found["op"], found["value"]


def _matches(actual: str, op: str, value: str) -> bool:
    if op in ("=", "!="):
        return (actual == value) == (op == "=")
    return bool(re.fullmatch(value, actual)) == (op == "=~")
