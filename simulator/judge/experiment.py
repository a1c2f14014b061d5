"""Judges one experiment: preconditions first, then every expectation, then that nothing else fired."""

from typing import TypeVar

from simulator.journal.facts import (
    FaultChecked,
    FaultRequested,
    FaultUndone,
    GateChecked,
    Page,
    PrometheusAlert,
)
from simulator.judge.alerts import judge_alert
from simulator.judge.case import EXEMPT, Case
from simulator.judge.healing import judge_healing
from simulator.judge.panels import expectations, judge_panel, track
from simulator.judge.preconditions import failed_preconditions
from simulator.judge.verdict import (
    AlertVerdict,
    ExperimentVerdict,
    FaultVerdict,
    Outcome,
    PanelVerdict,
    Reason,
    TolerableAlert,
)
from simulator.plan.identity import Identity, differing
from simulator.plan.models import Panel

_WORST = {"inconclusive": 0, "breached": 1, "met": 2}
V = TypeVar("V", AlertVerdict, PanelVerdict)


def judge_experiment(case: Case) -> ExperimentVerdict:
    """The verdict on one experiment that was started."""
    broken = failed_preconditions(case)
    alerts = [_unproven(judge_alert(case, wanted), broken) for wanted in case.experiment.must]
    panels = [
        _unproven(judge_panel(case, wanted), broken) for wanted in expectations(case.experiment, case.plan)
    ]
    unexpected = _unexpected(case)
    reasons = [Reason(outcome="inconclusive", text=text) for text in broken]
    if not broken:  # else each of them would only say so again
        reasons += [Reason(outcome=alert.outcome, text=f"{alert.shown}: {alert.reason}") for alert in alerts]
        reasons += [Reason(outcome=panel.outcome, text=f"{panel.panel}: {panel.reason}") for panel in panels]
    reasons += [
        Reason(outcome=_or_unproven("breached", broken), text=f"unexpected: {text}") for text in unexpected
    ]
    faults = tuple(_fault(case, requested) for requested in case.all(FaultRequested))
    reasons += [
        Reason(
            outcome=_or_unproven(fault.healing.outcome, broken), text=f"{fault.fault}: {fault.healing.reason}"
        )
        for fault in faults
        if fault.healing and fault.healing.outcome != "met"
    ]
    reasons += [Reason(outcome="breached", text=text) for text in _not_restored(case)]
    left = sorted(
        (reason for reason in reasons if reason.outcome != "met"), key=lambda reason: _WORST[reason.outcome]
    )
    passed = [gate for gate in case.all(GateChecked) if gate.gate == "recovery" and gate.passed]
    return ExperimentVerdict(
        name=case.experiment.name,
        title=case.experiment.title,
        status=case.end.status if case.end else "failed",
        outcome=worst([reason.outcome for reason in left], broken),
        reasons=tuple(left),
        started=case.started,
        ended=case.ended,
        observed_from=case.observed_from,
        observed_to=case.observed_to,
        quiet_again=passed[0].at if passed else None,
        faults=faults,
        alerts=tuple(alerts),
        tolerated=_tolerated(case),
        unexpected=tuple(unexpected),
        panels=tuple(panels),
        tracks=tuple(track(case, panel) for panel in _drawn(case, panels)),
    )


def worst(outcomes: list[Outcome], broken: list[str]) -> Outcome:
    """Without its preconditions an experiment proves nothing, good or bad; else any breach is a breach."""
    if broken:
        return "inconclusive"
    if "breached" in outcomes:
        return "breached"
    return "inconclusive" if "inconclusive" in outcomes else "met"


def _unproven(verdict: V, broken: list[str]) -> V:
    """What a broken precondition makes of a verdict: never a breach, and never met."""
    if not broken or verdict.outcome == "inconclusive":
        return verdict
    return verdict.model_copy(
        update={"outcome": "inconclusive", "reason": f"{broken[0]} (seen: {verdict.reason})"}
    )


def _or_unproven(outcome: Outcome, broken: list[str]) -> Outcome:
    return "inconclusive" if broken else outcome


def _unexpected(case: Case) -> list[str]:
    """Alerts that fired or paged although nobody allowed them to, each with what was seen."""
    since = case.steady_since
    start = case.bites.start if case.bites else since
    mark = "the fault" if case.experiment.faults else "the watch"
    seen: dict[Identity, str] = {}
    for fact in (*case.facts, *case.aftermath):
        if fact.at < since or not isinstance(fact, PrometheusAlert | Page) or _allowed(case, fact):
            continue
        which = fact.identity.only(_telling(case, fact.alert))
        if isinstance(fact, PrometheusAlert) and fact.state == "firing":
            seen.setdefault(which, f"{which} fired {fact.at - start:+.1f} s from {mark}")
        elif isinstance(fact, Page) and fact.status == "firing":
            seen.setdefault(which, f"{which} was paged {fact.at - start:+.1f} s from {mark}")
    return list(seen.values())


def _telling(case: Case, alert: str) -> frozenset[str]:
    """The labels by which alerts of this name are told apart: those in which rules differ, and those that entries name."""
    entries = case.experiment.names(case.loaded)
    named = {label for one in entries if one.alert == alert for label, _ in one.labels}
    return differing(alert, case.loaded) | named


def _allowed(case: Case, fact: PrometheusAlert | Page) -> bool:
    """Whether anybody expects or tolerates this alert: of one that is expected with labels, no other instance."""
    identity = fact.identity
    return fact.alert in EXEMPT or any(
        named.covers(identity)
        for one in (case.experiment, *case.beside)
        for named in one.names(case.loaded)
        if named.alert == fact.alert
    )


def _tolerated(case: Case) -> tuple[TolerableAlert, ...]:
    return tuple(
        TolerableAlert(
            alert=may.alert,
            labels=may.labels,
            because=may.because,
            fired=sum(
                may.named.covers(fact.identity) and fact.state == "firing"
                for fact in case.all(PrometheusAlert)
            ),
            paged=sum(may.named.covers(fact.identity) and fact.status == "firing" for fact in case.all(Page)),
        )
        for may in case.experiment.may
    )


def _not_restored(case: Case) -> list[str]:
    """What the experiment left behind."""
    left = [
        f"the undo of {fact.fault} could not be confirmed: {fact.observed}"
        for fact in case.all(FaultUndone)
        if not fact.confirmed
    ]
    left += [
        f"not recovered within {gate.waited:.0f} s: {gate.observed}"
        for gate in case.all(GateChecked)
        if gate.gate == "recovery" and not gate.passed
    ]
    undone = {fact.id for fact in case.all(FaultUndone)}
    left += [f"{fact.fault} was never undone" for fact in case.all(FaultRequested) if fact.id not in undone]
    return left


def _fault(case: Case, requested: FaultRequested) -> FaultVerdict:
    interval = case.effective(requested.id)
    checks = [
        fact for fact in case.all(FaultChecked) if fact.id == requested.id and fact.question == "effective"
    ]
    undone = next((fact for fact in case.all(FaultUndone) if fact.id == requested.id), None)
    index = [fact.id for fact in case.all(FaultRequested)].index(requested.id)
    fault = case.experiment.faults[index]
    settings = fault.model_dump(exclude={"fault"}, exclude_defaults=True)
    return FaultVerdict(
        fault=requested.fault,
        id=requested.id,
        description=", ".join(f"{key} {value}" for key, value in sorted(settings.items())),
        requested=requested.at,
        effective_from=interval.start if interval else None,
        effective_by=interval.end if interval else None,
        evidence=checks[-1].observed if checks else "",
        undo_requested=undone.requested if undone else None,
        undone=undone.at if undone and undone.confirmed else None,
        undo_confirmed=bool(undone and undone.confirmed),
        undo_evidence=undone.observed if undone else "",
        healing=judge_healing(case, requested, fault.must_heal_within),
    )


def _drawn(case: Case, verdicts: list[PanelVerdict]) -> list[Panel]:
    """The panels worth a chart: those that were to move, and those that moved although they should not."""
    shown = {
        (verdict.dashboard, verdict.panel)
        for verdict in verdicts
        if verdict.expect != "stay" or verdict.moved_at is not None
    }
    return [panel for panel in case.plan.panels if (panel.dashboard, panel.title) in shown]
