"""Before the first fault: what is loaded, and whether the promise is possible."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from simulator.base.errors import BadInput, DoorError
from simulator.base.names import nearest
from simulator.doors import Doors
from simulator.faults import OFFERS, FaultSettings, SoleService, fault_named
from simulator.journal.facts import RuleSeen, RuleSetSeen
from simulator.journal.file import Journal
from simulator.journal.loaded import Objection, PlanRefused, ProgramsSeen, RouteSeen
from simulator.plan.identity import told_apart
from simulator.plan.judged import Judged
from simulator.plan.models import Experiment, Plan
from simulator.plan.targets import Offers, able, unfit
from simulator.preflight.digests import route_digest, rule_digest
from simulator.preflight.loaded import Asked, Loaded, ask_for
from simulator.preflight.objections import doubts, objections, time_of
from simulator.preflight.promise import predict


def check_plan(plan: Plan) -> None:
    """Refuse what can be seen to be wrong without asking anybody.

    Raises:
        BadInput: a panel, a counter or a service is not known in this environment.
    """
    panels = {f"{panel.dashboard} / {panel.title}" for panel in plan.panels}
    for experiment in plan.experiments:
        for wanted in experiment.panels:
            name = f"{wanted.dashboard} / {wanted.panel}"
            if name not in panels:
                raise BadInput(f"experiment {experiment.name}: unknown panel {name!r}{nearest(name, panels)}")
        _check_counters(plan, experiment)
        for fault in experiment.faults:
            if fault.touches and fault.touches not in plan.stack.chaos_services:
                raise BadInput(
                    f"experiment {experiment.name}: {fault.fault} may not touch {fault.touches!r} in environment"
                    f" {plan.stack.name}{nearest(fault.touches, plan.stack.chaos_services)}"
                )
    check_offers(plan.experiments, plan.stack.offers)


def _check_counters(plan: Plan, experiment: Experiment) -> None:
    for name in experiment.needs.counted:
        if plan.system and name not in plan.system.counters:
            raise BadInput(
                f"experiment {experiment.name}: needs: counted: {plan.system.name} has no counter"
                f" {name!r}{nearest(name, plan.system.counters)}"
            )


def check_offers(experiments: Iterable[Experiment], offers: Offers) -> None:
    """Refuse faults that these services cannot suffer.

    Raises:
        BadInput: the first of them, and the services that can.
    """
    for experiment in experiments:
        for fault in unfit(experiment, offers):
            needs = fault_named(fault.fault).needs
            what = OFFERS.get(needs, f"a service that offers {needs}")
            raise BadInput(
                f"experiment {experiment.name}: {fault.fault} needs {what}; {_why_not(fault, offers)}"
            )


def _why_not(fault: FaultSettings, offers: Offers) -> str:
    others = able(fault_named(fault.fault).needs, offers)
    if others and isinstance(fault, SoleService) and not fault.service:
        return f"there are several, add service: to say which of {', '.join(others)}"
    where = f"{fault.touches!r} is none" if fault.touches else "this environment has none"
    return (
        f"{where}{'; of that kind: ' if others else ''}{', '.join(others)}."
        " `simulator run --environment` chooses another environment"
    )


ROUTES_AHEAD = 6 * 3600.0
"""Seconds for which the journal says when a route is muted: as long as a run may last by default."""


async def look_at_rules(plan: Plan, doors: Doors, journal: Journal) -> list[str]:
    """Write down every rule and route the plan needs, as they are loaded; returns what is worth a note, one line each.

    Raises:
        DoorError: Prometheus or Alertmanager does not answer.
        BadInput: an expectation cannot be met, whatever happens; the journal has all of them.
    """
    loaded = await Loaded.ask(doors, plan.stack.judged)
    journal.write(_rule_set(loaded))
    journal.write(await _programs(doors))
    now = doors.clock.clock.now()
    asked = await ask_for(plan, loaded, doors)
    seen: list[RuleSeen] = []
    for one in asked:
        for route in _routes(one, loaded, now, plan.stack.judged):
            journal.write(route)
        for rule in _seen(one, loaded, plan):
            seen += [] if rule in seen else [rule]
    for rule in sorted(seen, key=lambda rule: str(rule.identity)):
        journal.write(rule)
    against = objections(asked, loaded, time_of(plan, now))
    if against:
        journal.write(PlanRefused(objections=tuple(against)))
        raise refusal(against)
    return doubts(plan, asked, loaded, time_of(plan, now))


async def _programs(doors: Doors) -> ProgramsSeen:
    versions = await doors.alertmanager.versions()
    try:
        prometheus = await doors.prometheus.version()
    except DoorError:  # what only speaks Prometheus's language may have none; whether it answers, others ask
        prometheus = ""
    return ProgramsSeen(
        prometheus=prometheus,
        alertmanagers=tuple(versions[peer] for peer in sorted(versions)),
    )


def refusal(against: Sequence[Objection]) -> BadInput:
    """The error that says so."""
    each = "\n  ".join(str(one) for one in against)
    return BadInput(f"expectations that cannot be met by the rules, routes and panels there are:\n  {each}")


def _routes(asked: Asked, loaded: Loaded, now: datetime, judged: Judged) -> list[RouteSeen]:
    """The routes of an alert that must be paged, and when they are muted: of its instances, and of any that may come."""
    ahead = now + timedelta(seconds=ROUTES_AHEAD)
    found: list[RouteSeen] = []
    for alert in asked.able if asked.wanted.expect == "notified" else ():
        for instance in (*alert.now, alert.sure):
            for route in loaded.routes.ends(instance.labels, all_known=instance.all_known).routes:
                seen = RouteSeen(
                    alert=asked.wanted.alert,
                    labels=judged.kept(instance.labels),
                    receiver=route.receiver,
                    route=route.path,
                    ours=loaded.routes.is_told(route, asked.wanted.severity),
                    digest=route_digest(route),
                    muted=route.muted(now, ahead),
                )
                if seen not in found:
                    found.append(seen)
    return found


def _seen(asked: Asked, loaded: Loaded, plan: Plan) -> list[RuleSeen]:
    """Every rule that can fire the alert; where none can, that it is not loaded."""
    if not asked.able and asked.wanted.by == "alertmanager":
        return [RuleSeen(alert=asked.which.alert, labels=dict(asked.which.labels), loaded=False)]
    return [
        predict(alert, loaded.routes, plan.stack.evaluation_interval).model_copy(
            update={"digest": rule_digest(alert.rule, loaded.recordings)}
        )
        for alert in asked.able
    ]


def _rule_set(loaded: Loaded) -> RuleSetSeen:
    """What is loaded, told in a few characters: two runs with one hash ran against the same rules."""
    said = sorted(
        f"{rule.alert} {rule.expr} {rule.hold:g} {rule.keep_firing_for:g} {sorted(rule.labels.items())}"
        for rule in loaded.rules
    )
    said += sorted(f"{recording.name} {recording.expr}" for recording in loaded.recordings)
    names = sorted({rule.rule_set for rule in loaded.rules})
    short = told_apart(loaded.identities)
    failing = [str(one) for one, rule in zip(short, loaded.rules, strict=True) if rule.health == "err"]
    failing += [recording.name for recording in loaded.recordings if recording.health == "err"]
    return RuleSetSeen(
        name=", ".join(names),
        digest=hashlib.sha256("\n".join(said).encode()).hexdigest()[:12],
        alerts=tuple(rule.alert for rule in loaded.rules),
        rules=loaded.identities,
        digests=tuple(rule_digest(rule, loaded.recordings) for rule in loaded.rules),
        failing=tuple(failing),
    )
