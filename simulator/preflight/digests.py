"""Digests of rules and routes: two runs with the same one can be counted together, and a change can be named.

A rule is what it fires by, so what it reads of recording rules belongs to it; annotations do not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from simulator.base.digest import digest
from simulator.doors.prometheus import LoadedRecording, LoadedRule
from simulator.plan.promql import metrics
from simulator.preflight.routing import Route


def rule_digest(rule: LoadedRule, recordings: Sequence[LoadedRecording]) -> str:
    """Of expression, hold, `keep_firing_for`, labels and interval, and of the recordings that it reads."""
    known: dict[str, list[str]] = {}
    for one in recordings:
        known.setdefault(one.name, []).append(one.expr)
    return digest(
        rule.alert,
        rule.expr,
        rule.hold,
        rule.keep_firing_for,
        sorted(rule.labels.items()),
        rule.interval,
        sorted(set(_read(rule.expr, known, set()))),
    )


def _read(expr: str, known: Mapping[str, Sequence[str]], passed: set[str]) -> Iterator[str]:
    """The expressions of the recordings that an expression reads, and of those that they read."""
    for name in _reads(expr, known) - passed:
        passed.add(name)
        for recorded in known[name]:
            yield f"{name} {recorded}"
            yield from _read(recorded, known, passed)


def _reads(expr: str, known: Mapping[str, Sequence[str]]) -> set[str]:
    try:
        return set(metrics(expr)) & known.keys()
    except ValueError:  # newer PromQL than we can read: whatever stands in it as a word may be read by it
        return {name for name in known if re.search(rf"(?<![\w:]){re.escape(name)}(?![\w:])", expr)}


def route_digest(route: Route) -> str:
    """Of its way from the root, its receiver, how it groups, how long it waits, and when it is mute."""
    intervals = [one.name for one in (*route.muted_in, *route.active_in)]
    return digest(
        route.path, route.receiver, route.group_by, route.group_wait, route.group_interval, intervals
    )
