"""Before the first fault: what is loaded, whether the promise is possible, how far clocks are apart."""

import hashlib
from collections.abc import Iterable, Iterator

from simulator.doors import Doors
from simulator.doors.prometheus import LoadedRecording, LoadedRule
from simulator.errors import BadInput, Unsafe
from simulator.faults import StackKind, fault_named
from simulator.journal.facts import ClockOffset, RuleSeen, RuleSetSeen
from simulator.journal.file import Journal
from simulator.names import nearest
from simulator.plan.identity import Identity, told_apart
from simulator.plan.models import AlertExpectation, Experiment, Plan
from simulator.preflight.promise import predict, rules_of
from simulator.preflight.routing import Routes

CLOCK_LOOKS = 5
"""A clock is asked this often; the quickest answer has the smallest uncertainty."""
CLOCKS_APART = 0.5
"""Seconds: a smaller difference is corrected, a larger one is a clock that nobody keeps."""


def check_plan(plan: Plan) -> None:
    """Refuse what can be seen to be wrong without asking anybody.

    Raises:
        BadInput: a panel or a service is not known in this environment.
    """
    check_kinds(plan.experiments, plan.stack.kind)
    panels = {f"{panel.dashboard} / {panel.title}" for panel in plan.panels}
    for experiment in plan.experiments:
        for wanted in experiment.panels:
            name = f"{wanted.dashboard} / {wanted.panel}"
            if name not in panels:
                raise BadInput(f"experiment {experiment.name}: unknown panel {name!r}{nearest(name, panels)}")
        for fault in experiment.faults:
            if fault.touches and fault.touches not in plan.stack.chaos_services:
                raise BadInput(
                    f"experiment {experiment.name}: {fault.fault} may not touch {fault.touches!r} in environment"
                    f" {plan.stack.name}{nearest(fault.touches, plan.stack.chaos_services)}"
                )


def check_kinds(experiments: Iterable[Experiment], kind: StackKind) -> None:
    """Refuse faults that this kind of stack cannot suffer.

    Raises:
        BadInput: the first of them, and the kinds that can.
    """
    for experiment in experiments:
        for fault in experiment.faults:
            kinds = fault_named(fault.fault).kinds
            if kind not in kinds:
                raise BadInput(
                    f"experiment {experiment.name}: {fault.fault} needs an environment of kind {' or '.join(kinds)},"
                    f" this one is of kind {kind}; try: --environment {kinds[0]}"
                )


async def look_at_rules(plan: Plan, doors: Doors, journal: Journal) -> list[str]:
    """Write down every rule the plan needs, as it is loaded; returns what cannot be met, one line each.

    Raises:
        DoorError: Prometheus or Alertmanager does not answer.
    """
    rules = await doors.prometheus.rules()
    journal.write(_rule_set(rules, await doors.prometheus.recordings()))
    routes = Routes.read(await doors.alertmanager.configuration())
    seen: dict[Identity, RuleSeen] = {}
    for experiment in plan.experiments:
        for wanted in experiment.must:
            if wanted.by == "alertmanager":
                for rule in _seen(experiment.identity(wanted, _identities(rules)), rules, routes, plan):
                    seen.setdefault(rule.identity, rule)
    for _, rule in sorted(seen.items(), key=lambda item: str(item[0])):
        journal.write(rule)
    return [
        trouble
        for experiment in plan.experiments
        for trouble in _troubles(experiment, list(seen.values()), _identities(rules))
    ]


def _seen(wanted: Identity, rules: list[LoadedRule], routes: Routes, plan: Plan) -> list[RuleSeen]:
    """Every rule that can fire the alert; where none can, that it is not loaded."""
    able = rules_of(wanted, rules)
    if not able:
        return [RuleSeen(alert=wanted.alert, labels=dict(wanted.labels), loaded=False)]
    return [predict(rule.alert, rule, routes, plan.stack.evaluation_interval) for rule in able]


def _identities(rules: list[LoadedRule]) -> tuple[Identity, ...]:
    return tuple(Identity.of(rule.alert, rule.fixed_labels) for rule in rules)


async def measure_clocks(doors: Doors, journal: Journal) -> None:
    """How far the clocks that stamp evidence are from ours.

    Raises:
        DoorError: one of them does not answer.
        Unsafe: one is further away than can be corrected in good conscience.
    """
    clock = doors.clock
    for program, ask in (("prometheus", doors.prometheus.clock), ("receiver", doors.receiver.clock)):
        looks: list[tuple[float, float]] = []
        for _ in range(CLOCK_LOOKS):
            began = clock.elapsed()
            theirs = await ask()
            took = clock.elapsed() - began
            looks.append((took / 2, theirs - (clock.epoch + began + took / 2)))
        uncertainty, offset = min(looks)
        journal.write(
            ClockOffset.model_validate(
                {"program": program, "offset": round(offset, 6), "uncertainty": round(uncertainty, 6)}
            )
        )
        if abs(offset) - uncertainty > CLOCKS_APART:
            raise Unsafe(
                f"{program}'s clock is {abs(offset):.1f} s {'ahead of' if offset > 0 else 'behind'} ours;"
                f" at most {CLOCKS_APART:g} s are tolerated: set it, then run again"
            )


def _rule_set(rules: list[LoadedRule], recordings: list[LoadedRecording]) -> RuleSetSeen:
    """What is loaded, told in a few characters: two runs with one hash ran against the same rules."""
    said = sorted(
        f"{rule.alert} {rule.expr} {rule.hold:g} {rule.keep_firing_for:g} {sorted(rule.labels.items())}"
        for rule in rules
    )
    said += sorted(f"{recording.name} {recording.expr}" for recording in recordings)
    names = sorted({rule.rule_set for rule in rules})
    identities = _identities(rules)
    short = told_apart(identities)
    failing = [str(one) for one, rule in zip(short, rules, strict=True) if rule.health == "err"]
    failing += [recording.name for recording in recordings if recording.health == "err"]
    return RuleSetSeen(
        name=", ".join(names),
        digest=hashlib.sha256("\n".join(said).encode()).hexdigest()[:12],
        alerts=tuple(rule.alert for rule in rules),
        rules=identities,
        failing=tuple(failing),
    )


def _troubles(experiment: Experiment, seen: list[RuleSeen], loaded: tuple[Identity, ...]) -> Iterator[str]:
    for wanted in experiment.must:
        if wanted.by == "receiver":
            continue
        which = experiment.identity(wanted, loaded)
        for rule in (rule for rule in seen if which.agrees(rule.identity)):
            if trouble := _trouble(wanted, which, rule, loaded):
                yield f"{experiment.name}: {trouble}"


def _trouble(wanted: AlertExpectation, which: Identity, rule: RuleSeen, loaded: tuple[Identity, ...]) -> str:
    if not rule.loaded:
        namesakes = [str(one) for one in told_apart(loaded) if one.alert == wanted.alert]
        has = f"; it has {', '.join(namesakes)}" if namesakes else ""
        return f"Prometheus has no rule {which} loaded{has}"
    if rule.severity != wanted.severity:
        return f"{which} is {rule.severity!r}, expected {wanted.severity!r}"
    if wanted.expect == "notified" and rule.at_least > wanted.within:
        return (
            f"{which} cannot be paged within {wanted.within:g} s:"
            f" hold and group wait alone take {rule.at_least:g} s"
        )
    return ""
