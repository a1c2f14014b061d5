"""What keeps a plan from being met before anything is injected: one check for the run, which refuses, and the dry run.

What is certain, by the labels that a rule or an expectation fixes, is an objection. What only looks so, by the instances
that there are now or for a part of the run, is a warning.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from simulator.base.names import nearest
from simulator.base.templates import is_template
from simulator.doors.prometheus import LoadedRule
from simulator.journal.loaded import Objection
from simulator.plan.identity import Identity
from simulator.plan.models import AlertExpectation, Experiment, Plan, Tolerated
from simulator.plan.rules import Rule
from simulator.preflight.loaded import Asked, Loaded, rules_of
from simulator.preflight.promise import predict
from simulator.preflight.ways import Stretch, never_open, not_always_open

BY_THE_RECEIVER = (
    Identity.of(
        "DeadMansSwitchMissing",
        {"severity": "critical", "family": "alerting-path", "service": "alertmanager"},
    ),
)
"""Alerts that our receiver pages by itself, with their labels."""


def time_of(plan: Plan, now: datetime) -> Stretch:
    """When a run that begins now has its experiments, as far as that is known beforehand."""
    return now, now + timedelta(seconds=plan.lower_bound)


def objections(asked: Iterable[Asked], loaded: Loaded, during: Stretch) -> list[Objection]:
    """Every alert that cannot do what it must: no such rule, another severity, no way to our receiver while the run lasts."""
    return [
        Objection(of=one.experiment.name, about=str(one.which), text=text)
        for one in asked
        if (text := _unknown(one.wanted, one.which, loaded.rules) or never_open(one, loaded, during))
    ]


def _unknown(wanted: AlertExpectation, which: Identity, rules: Sequence[LoadedRule]) -> str:
    return unknown_to_the_receiver(wanted) if wanted.by == "receiver" else unfireable(wanted, which, rules)


def unfireable(wanted: AlertExpectation, which: Identity, rules: Sequence[LoadedRule]) -> str:
    """Why no rule can fire the alert as it is expected; empty when one can."""
    named = [rule for rule in rules if rule.alert == wanted.alert]
    fitting = rules_of(which, named)
    if not named:
        return f"no rule of this name is loaded{nearest(wanted.alert, {rule.alert for rule in rules})}"
    if not fitting:
        return f"no rule of this name has these labels; loaded with {_labels_of(named)}"
    severities = {rule.labels.get("severity", "") for rule in fitting}
    if wanted.severity not in severities and not any(map(is_template, severities)):
        has = " and ".join(repr(severity) for severity in sorted(severities))
        return f"its rule has severity {has}, expected {wanted.severity!r}"
    return ""


def unknown_to_the_receiver(wanted: AlertExpectation) -> str:
    """Why our receiver does not page the alert as it is expected; empty when it does."""
    own = next((one for one in BY_THE_RECEIVER if one.alert == wanted.alert), None)
    if own is None:
        known = [one.alert for one in BY_THE_RECEIVER]
        return f"our receiver pages no alert of this name by itself{nearest(wanted.alert, known)}"
    if wanted.expect != "notified":
        return f"our receiver pages it by itself, and nobody else knows of it: it cannot be {wanted.expect}"
    labels = dict(own.labels)
    if wanted.severity != labels["severity"]:
        return f"our receiver pages it with severity {labels['severity']!r}, expected {wanted.severity!r}"
    if not Identity.of(wanted.alert, wanted.labels).covers(own):
        return f"our receiver pages it with {_shown(labels)}"
    return ""


def unfireable_by_file(experiments: Iterable[Experiment], rules: Iterable[Rule]) -> list[Objection]:
    """The same of the rules in a file, for when nothing runs that could be asked."""
    would_load = [_as_loaded(rule) for rule in rules]
    identities = [Identity.of(rule.alert, rule.fixed_labels) for rule in would_load]
    found: list[Objection] = []
    for experiment in experiments:
        for wanted in experiment.must:
            which = experiment.identity(wanted, identities)
            if text := _unknown(wanted, which, would_load):
                found.append(Objection(of=experiment.name, about=str(which), text=text))
    return found


def _as_loaded(rule: Rule) -> LoadedRule:
    return LoadedRule(
        alert=rule.alert,
        expr=rule.expr,
        hold=0.0,
        labels=rule.labels,
        health="unknown",
        error="",
        interval=0.0,
    )


def doubts(plan: Plan, asked: Sequence[Asked], loaded: Loaded, during: Stretch) -> list[str]:
    """What can be met as it stands, and mostly is not: one line each."""
    found: list[str] = []
    for experiment in plan.experiments:
        for one in (one for one in asked if one.experiment.name == experiment.name):
            found += [
                *_too_slow(one, loaded, plan.stack.evaluation_interval),
                *_kept_back(one, loaded, during),
            ]
        for may in experiment.may:
            if text := _unheard_of(may, loaded.rules):
                found.append(f"{experiment.name}: may: {text}")
    return found


def _too_slow(asked: Asked, loaded: Loaded, interval: float) -> Iterator[str]:
    """Pages that cannot be in time: worth measuring all the same."""
    wanted = asked.wanted
    for alert in asked.able if wanted.expect == "notified" else ():
        takes = predict(alert, loaded.routes, interval).at_least
        if takes > wanted.within:
            yield (
                f"{asked.experiment.name}: {asked.which} cannot be paged within {wanted.within:g} s:"
                f" hold and group wait alone take {takes:g} s"
            )


def _kept_back(asked: Asked, loaded: Loaded, during: Stretch) -> Iterator[str]:
    if reason := not_always_open(asked, loaded, during):
        yield f"{asked.experiment.name}: {asked.which} may not be paged: {reason}"


def _unheard_of(may: Tolerated, rules: Sequence[LoadedRule]) -> str:
    """Why nothing can fire a tolerated alert; empty when something can."""
    if rules_of(may.named, rules) or any(may.named.agrees(one) for one in BY_THE_RECEIVER):
        return ""
    named = [rule for rule in rules if rule.alert == may.alert]
    own = [dict(one.labels) for one in BY_THE_RECEIVER if one.alert == may.alert]
    if not named and not own:
        return f"no rule {may.alert!r} is loaded{nearest(may.alert, {rule.alert for rule in rules})}"
    there = _labels_of(named) if named else _shown(own[0])
    return f"nothing that fires {may.alert!r} has {_shown(may.labels)}; there is {there}"


def _labels_of(rules: Iterable[LoadedRule]) -> str:
    return "; ".join(_shown(rule.labels) for rule in rules)


def _shown(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in sorted(labels.items()))
