"""What keeps a plan from being met before anything is injected: one check for the run, which refuses, and the dry run."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from simulator.doors import Doors
from simulator.doors.prometheus import LoadedRule
from simulator.journal.loaded import Objection
from simulator.names import nearest
from simulator.plan.identity import Identity
from simulator.plan.models import AlertExpectation, Experiment, Panel, Plan
from simulator.plan.promql import metrics
from simulator.plan.rules import Rule
from simulator.preflight.loaded import Alerting, Loaded, alerting, silence_of
from simulator.preflight.promise import rules_of
from simulator.preflight.routing import Route


async def objections(plan: Plan, loaded: Loaded, doors: Doors, now: datetime) -> list[Objection]:
    """Every expectation that cannot be met: no such rule, another severity, no way to our receiver, muted, silenced.

    Raises:
        DoorError: Prometheus does not answer.
    """
    over = now + timedelta(seconds=plan.lower_bound)
    found: list[Objection] = []
    for experiment in plan.experiments:
        for wanted in experiment.must:
            if wanted.by == "receiver":
                continue  # which no rule fires, and no route carries
            which = experiment.identity(wanted, loaded.identities)
            text = unfireable(wanted, which, loaded.rules) or await _unpaged(
                wanted, which, loaded, doors, (now, over)
            )
            if text:
                found.append(Objection(of=experiment.name, about=str(which), text=text))
    return found


def unfireable(wanted: AlertExpectation, which: Identity, rules: Sequence[LoadedRule]) -> str:
    """Why no rule can fire the alert as it is expected; empty when one can."""
    named = [rule for rule in rules if rule.alert == wanted.alert]
    fitting = rules_of(which, named)
    if not named:
        return f"no rule of this name is loaded{nearest(wanted.alert, {rule.alert for rule in rules})}"
    if not fitting:
        there = "; ".join(_labels(rule) for rule in named)
        return f"no rule of this name has these labels; loaded with {there}"
    severities = {rule.labels.get("severity", "") for rule in fitting}
    if wanted.severity not in severities and not any("{{" in severity for severity in severities):
        has = " and ".join(repr(severity) for severity in sorted(severities))
        return f"its rule has severity {has}, expected {wanted.severity!r}"
    return ""


def unfireable_by_file(experiments: Iterable[Experiment], rules: Iterable[Rule]) -> list[Objection]:
    """The same of the rules in a file, for when nothing runs that could be asked."""
    would_load = [_as_loaded(rule) for rule in rules]
    identities = [Identity.of(rule.alert, rule.fixed_labels) for rule in would_load]
    found: list[Objection] = []
    for experiment in experiments:
        for wanted in experiment.must:
            which = experiment.identity(wanted, identities)
            if wanted.by == "alertmanager" and (text := unfireable(wanted, which, would_load)):
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


async def blank_panels(plan: Plan, doors: Doors) -> list[Objection]:
    """Every panel that is expected to do something and draws nothing now.

    A run waits for data before it injects. What the simulator measures itself comes with a run, and is left out here; so is
    what is drawn as not a number, for want of traffic.

    Raises:
        DoorError: Prometheus does not answer.
    """
    known: list[str] | None = None
    found: list[Objection] = []
    for experiment in plan.experiments:
        for panel in named_panels(experiment, plan):
            if await _draws(panel, doors):
                continue
            known = await doors.prometheus.metrics() if known is None else known
            missing = sorted(_metrics(panel) - set(known))
            text = (
                f"the panel draws nothing: Prometheus has no {missing[0]}{nearest(missing[0], _like(missing[0], known))}"
                if missing
                else (
                    "the panel draws nothing, although Prometheus has all metrics of its queries: do their labels fit?"
                )
            )
            found.append(Objection(of=experiment.name, about=f"{panel.dashboard} / {panel.title}", text=text))
    return found


def named_panels(experiment: Experiment, plan: Plan) -> list[Panel]:
    """The panels that an experiment names."""
    named = {(wanted.dashboard, wanted.panel) for wanted in experiment.panels}
    return [panel for panel in plan.panels if (panel.dashboard, panel.title) in named]


async def _draws(panel: Panel, doors: Doors) -> bool:
    reads = _metrics(panel)
    if reads and all(name.startswith(OWN) for name in reads):
        return True
    return any([await doors.prometheus.query(target.expr) for target in panel.targets])


def _metrics(panel: Panel) -> set[str]:
    return {name.partition("{")[0] or name for target in panel.targets for name in metrics(target.expr)}


def _like(name: str, known: Sequence[str]) -> list[str]:
    """Of some hundred metrics, those that are worth reading."""
    return difflib.get_close_matches(name, known, n=3, cutoff=0.5)


def warnings(experiment: Experiment, rules: Sequence[LoadedRule]) -> Iterator[str]:
    """What can be meant as it stands, and mostly is not: a tolerated alert that nothing can fire."""
    known = {rule.alert for rule in rules}
    pages = {wanted.alert for wanted in experiment.must if wanted.by == "receiver"}
    for may in experiment.may:
        if may.alert not in known | pages | BY_THE_RECEIVER:
            yield f"{experiment.name}: may: no rule {may.alert!r} is loaded{nearest(may.alert, known)}"


OWN = "simulator_"
"""How the names of the simulator's own metrics begin; without a run there are none."""
BY_THE_RECEIVER = frozenset(("DeadMansSwitchMissing",))
"""Alerts that our receiver pages by itself."""


async def _unpaged(
    wanted: AlertExpectation,
    which: Identity,
    loaded: Loaded,
    doors: Doors,
    during: tuple[datetime, datetime],
) -> str:
    """Why no page of the alert would reach our receiver; empty when one would, or where that cannot be told."""
    if wanted.expect != "notified":
        return ""
    reasons = []
    for rule in rules_of(which, loaded.rules):
        if rule.fixed_labels.get("severity", "") not in ("", wanted.severity):
            continue
        reasons.append(_held_back(wanted, await alerting(which, rule, doors), loaded, during))
    return "" if not reasons or "" in reasons else reasons[0]


def _held_back(
    wanted: AlertExpectation, alert: Alerting, loaded: Loaded, during: tuple[datetime, datetime]
) -> str:
    until = during[1].timestamp()
    reasons = [
        _silenced(labels, loaded, until) or _unrouted(wanted, labels, alert, loaded, during)
        for labels in alert.labels
    ]
    return "" if "" in reasons else reasons[0]


def _silenced(labels: dict[str, str], loaded: Loaded, until: float) -> str:
    silence = silence_of(labels, loaded.silences, until)
    return f"silenced in Alertmanager by {silence.id} ({silence.comment})" if silence else ""


def _unrouted(
    wanted: AlertExpectation,
    labels: dict[str, str],
    alert: Alerting,
    loaded: Loaded,
    during: tuple[datetime, datetime],
) -> str:
    ours = loaded.routes.to_us(labels, wanted.severity)
    if ours:
        muted = [_muted(route, during) for route in ours]
        return "" if "" in muted else muted[0]
    if not (alert.certain or loaded.routes.is_decided(labels)):
        return ""
    ends = ", ".join(f"{route.receiver!r} by {route.path}" for route in loaded.routes.taken(labels))
    wrong = [loaded.routes.ours[route.receiver] for route in loaded.routes.to_us(labels)]
    if wrong:
        return f"its route leads to our receiver as {wrong[0]!r}, expected {wanted.severity!r}: it goes to {ends}"
    return f"its route does not lead to our receiver: it goes to {ends}; ours are {', '.join(sorted(loaded.routes.ours)) or 'none'}"


def _muted(route: Route, during: tuple[datetime, datetime]) -> str:
    muted = route.muted(*during)
    return f"{muted[0]} on its route {route.path} to {route.receiver!r}" if muted else ""


def _labels(rule: LoadedRule) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in sorted(rule.labels.items()))
