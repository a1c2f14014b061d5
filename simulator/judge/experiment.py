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
from simulator.judge.case import Case
from simulator.judge.causes import Broken, LeftCause
from simulator.judge.healing import judge_healing
from simulator.judge.others import strangers, unexpected
from simulator.judge.panels import judge_panel, track
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
from simulator.plan.expected import expectations
from simulator.plan.models import Panel, Tolerated

_WORST = {"inconclusive": 0, "breached": 1, "met": 2}
V = TypeVar("V", AlertVerdict, PanelVerdict)


def judge_experiment(case: Case) -> ExperimentVerdict:
    """The verdict on one experiment that was started."""
    broken = failed_preconditions(case)
    alerts = [_unproven(judge_alert(case, wanted), broken) for wanted in case.experiment.must]
    panels = [
        _unproven(judge_panel(case, wanted), broken) for wanted in expectations(case.experiment, case.plan)
    ]
    not_allowed = unexpected(case)
    faults = tuple(_fault(case, requested) for requested in case.all(FaultRequested))
    reasons = [Reason.of("inconclusive", "precondition", one.cause, one.text) for one in broken]
    if not broken:  # else each of them would only say so again
        reasons += [Reason.of(one.outcome, "alert", one.cause, one.reason, one.shown) for one in alerts]
        reasons += [Reason.of(one.outcome, "panel", one.cause, one.reason, one.panel) for one in panels]
    reasons += [
        Reason.of(_or_unproven("breached", broken), "unexpected", "unexpected", one.text).model_copy(
            update={"subject": one.shown, "text": f"unexpected: {one.text}"}
        )
        for one in not_allowed
    ]
    reasons += [
        Reason.of(_or_unproven(one.outcome, broken), "healing", one.cause, one.reason, fault.fault)
        for fault in faults
        if (one := fault.healing) and one.outcome != "met"
    ]
    reasons += _not_restored(case)
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
        unexpected=not_allowed,
        strangers=strangers(case),
        panels=tuple(panels),
        tracks=tuple(track(case, panel) for panel in _drawn(case, panels)),
    )


def worst(outcomes: list[Outcome], broken: list[Broken]) -> Outcome:
    """Without its preconditions an experiment proves nothing, good or bad; else any breach is a breach."""
    if broken:
        return "inconclusive"
    if "breached" in outcomes:
        return "breached"
    return "inconclusive" if "inconclusive" in outcomes else "met"


def _unproven(verdict: V, broken: list[Broken]) -> V:
    """What a broken precondition makes of a verdict: never a breach, and never met."""
    if not broken:
        return verdict
    proves_nothing = {"unproven": broken[0].cause}
    if verdict.outcome == "inconclusive":
        return verdict.model_copy(update=proves_nothing)
    said = f"{broken[0].text} (seen: {verdict.reason})"
    return verdict.model_copy(update={**proves_nothing, "outcome": "inconclusive", "reason": said})


def _or_unproven(outcome: Outcome, broken: list[Broken]) -> Outcome:
    return "inconclusive" if broken else outcome


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
            paged=_paged(case, may) if "receiver" in case.sources else None,
        )
        for may in case.experiment.may
    )


def _paged(case: Case, may: Tolerated) -> int:
    return sum(may.named.covers(fact.identity) and fact.status == "firing" for fact in case.all(Page))


def _not_restored(case: Case) -> list[Reason]:
    """What the experiment left behind."""
    found: list[tuple[LeftCause, str]] = []
    found += [
        ("undo-unconfirmed", f"the undo of {fact.fault} could not be confirmed: {fact.observed}")
        for fact in case.all(FaultUndone)
        if not fact.confirmed
    ]
    found += [
        ("not-recovered", f"not recovered within {gate.waited:.0f} s: {gate.observed}")
        for gate in case.all(GateChecked)
        if gate.gate == "recovery" and not gate.passed
    ]
    undone = {fact.id for fact in case.all(FaultUndone)}
    found += [
        ("never-undone", f"{fact.fault} was never undone")
        for fact in case.all(FaultRequested)
        if fact.id not in undone
    ]
    return [Reason.of("breached", "left", cause, said) for cause, said in found]


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
