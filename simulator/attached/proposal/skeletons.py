"""The experiments that are proposed: one for each alert that says that a service is gone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.attached.proposal.causes import service_behind
from simulator.attached.proposal.environment_file import services_of
from simulator.attached.proposal.seen import Seen
from simulator.attached.proposal.yaml_text import scalar
from simulator.doors.prometheus import LoadedRule

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_LONGEST_NAME = 60
"""Characters; an experiment's name has at most 63."""


@dataclass(frozen=True)
class Skeletons:
    """What is proposed, and what is not."""

    texts: Mapping[str, str]
    """YAML by the experiment's name."""
    without: tuple[str, ...]
    """Alerts of which nobody can tell from the rule alone which fault causes them."""


def skeletons_of(seen: Seen) -> Skeletons:
    """One experiment an alert that the loss of one service is sure to cause."""
    services = services_of(seen.jobs)
    words = seen.severities.words
    behind: list[tuple[LoadedRule, str]] = []
    without: list[str] = []
    for rule in seen.rules:
        service = service_behind(rule, seen.jobs, services)
        if service and rule.fixed_labels.get(seen.severities.label) in words:
            behind.append((rule, service))
        elif rule.alert not in seen.ignored:
            without.append(rule.alert)
    texts: dict[str, str] = {}
    for rule, service in behind:
        others = [other.alert for other, same in behind if same == service and other.alert != rule.alert]
        texts[_free_name(rule.alert, texts)] = _skeleton(rule, service, others, seen)
    return Skeletons(texts, tuple(dict.fromkeys(without)))


def _skeleton(rule: LoadedRule, service: str, others: Sequence[str], seen: Seen) -> str:
    severity = rule.fixed_labels[seen.severities.label]
    lines = [
        "# Put the service under touch, and say in the environment which container or systemd unit it is. One that you break",
        "# by programs of your own takes `fault: command`, one that you break by requests `fault: http-hook`.",
        f"title: {scalar(f'{rule.alert[:50]} fires while {service[:50]} is gone')}",
        f"faults: [{{fault: service-kill, service: {scalar(service)}}}]",
        f"must: [{{alert: {scalar(rule.alert)}, severity: {scalar(severity)}}}]",
    ]
    if others:
        lines.append("may:")
        lines += [
            f"  - {{alert: {scalar(other)}, because: it looks at the same service}}"
            for other in dict.fromkeys(others)
        ]
    return "".join(f"{line}\n" for line in lines)


def _free_name(alert: str, taken: Mapping[str, str]) -> str:
    name = "-".join(_WORDS.findall(alert)).lower()[:_LONGEST_NAME].strip("-") or "alert"
    while name in taken:
        name += "-2"
    return name
