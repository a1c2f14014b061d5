"""The verdict is a pure function of the journal: each test changes one thing and asserts the reason."""

import pytest

from simulator.base.errors import ExitCode
from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import (
    AlertmanagerAlert,
    AnyFact,
    ExperimentEnded,
    FaultChecked,
    FaultRequested,
    FaultUndone,
    GateChecked,
    Lost,
    ObservationEnded,
    Page,
    Planned,
    PrometheusAlert,
    Regained,
    RuleSeen,
    RunEnded,
)
from simulator.journal.fitness import TrafficSeen
from simulator.judge import judge
from simulator.plan.models import AlertExpectation
from tests.fakes.journals import (
    BITES,
    EXPERIMENT,
    accepted,
    at,
    causes,
    check,
    fires,
    judged,
    met_journal,
    page,
    panel,
    plan,
    reasons,
    traffic,
    without,
)


def test_everything_as_expected_is_met() -> None:
    verdict, experiment = judged(met_journal())
    assert causes(experiment) == []
    assert (verdict.outcome, experiment.outcome, verdict.exit_code) == ("met", "met", ExitCode.MET)
    down = experiment.alerts[0]
    assert down.latency == pytest.approx(7.2)
    assert [mark.mark for mark in down.marks] == [
        "effective",
        "pending",
        "firing",
        "accepted",
        "notified",
        "undone",
        "resolved",
    ]
    assert experiment.panels[0].latency == pytest.approx(4.0)
    assert experiment.panels[0].back_at == pytest.approx(142.0)


def test_latency_runs_from_the_last_moment_at_which_the_fault_did_not_bite() -> None:
    facts = [*without(met_journal(), FaultChecked), check(100.5, ok=False)]
    facts += [check(101.0, ok=True), check(101.3, ok=True), check(101.6, ok=True)]
    _, experiment = judged(facts)
    assert experiment.faults[0].effective_from == pytest.approx(100.49)
    assert experiment.faults[0].effective_by == pytest.approx(101.0)
    assert experiment.alerts[0].latency == pytest.approx(107.2 - 100.49)


def test_a_check_that_sees_late_does_not_move_the_start() -> None:
    facts = [*without(without(met_journal(), FaultChecked), FaultRequested), check(100.5, ok=False)]
    facts += [at(FaultRequested(fault="service-kill", id="f1", lags=True), BITES)]
    facts += [check(101.0, ok=True), check(101.3, ok=True), check(101.6, ok=True)]
    _, experiment = judged(facts)
    assert experiment.faults[0].effective_from == BITES
    assert experiment.faults[0].effective_by == pytest.approx(101.0)


def test_one_positive_check_is_not_proof() -> None:
    facts = [*without(met_journal(), FaultChecked), check(100.5, ok=True), check(101.0, ok=False)]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert causes(experiment)[0] == ("", "not-effective")
    assert {alert.cause for alert in experiment.alerts} == {"not-effective"}
    assert {alert.outcome for alert in experiment.alerts} == {"inconclusive"}


@pytest.mark.parametrize("kept", ["nothing", "pending", "firing", "accepted"])
def test_a_missed_page_says_how_far_the_alert_came(kept: str) -> None:
    facts = without(without(without(met_journal(), Page), PrometheusAlert, "Down"), AlertmanagerAlert, "Down")
    reached = ["nothing", "pending", "firing", "accepted"].index(kept)
    facts += [fires("Down", 104.0, "pending"), fires("Down", 106.0), accepted("Down", 106.2)][:reached]
    verdict, experiment = judged(facts)
    assert experiment.outcome == "breached"
    assert (experiment.alerts[0].cause, experiment.alerts[0].reached) == ("missed", kept)
    assert ("Down", "missed") in causes(experiment)
    assert verdict.exit_code == ExitCode.BREACHED


def test_a_rule_that_is_not_loaded_is_named_as_the_cause() -> None:
    facts = without(without(without(met_journal(), Page), PrometheusAlert, "Down"), AlertmanagerAlert, "Down")
    facts = [*without(facts, RuleSeen), at(RuleSeen(alert="Down", loaded=False), 0.2, "")]
    _, experiment = judged(facts)
    assert ("Down", "no-rule") in causes(experiment)


def test_a_late_page_is_told_from_a_missed_one() -> None:
    facts = [
        *without(met_journal(), Page),
        page("Down", BITES + 30.9),
        page("Down", BITES + 40, status="resolved"),
    ]
    _, experiment = judged(facts)
    assert causes(experiment) == [("Down", "late")]
    assert experiment.alerts[0].latency == pytest.approx(30.9)


def test_a_latency_that_straddles_the_limit_is_inconclusive() -> None:
    facts = [*without(met_journal(), Page), page("Down", BITES + 30.005)]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("Down", "unsure")]


def test_a_repeat_of_an_older_page_is_not_a_new_one() -> None:
    facts = [*without(met_journal(), Page), page("Down", BITES + 5, starts=20.0)]
    _, experiment = judged(facts)
    assert ("Down", "missed") in causes(experiment)


def test_an_alert_that_fired_before_proves_nothing() -> None:
    facts = [*met_journal(), fires("Down", 80.0)]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert ("Down", "already-active") in causes(experiment)


def test_an_alert_that_was_pending_before_the_fault_was_asked_for_proves_nothing() -> None:
    facts = [*met_journal(), fires("Down", BITES - 0.5, "pending")]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert ("Down", "already-active") in causes(experiment)


def test_an_alert_that_was_pending_for_a_moment_before_is_no_matter() -> None:
    facts = [*met_journal(), fires("Down", BITES - 4, "pending"), fires("Down", BITES - 2, "inactive")]
    _, experiment = judged(facts)
    assert causes(experiment) == []


def test_the_wrong_severity_is_a_breach() -> None:
    facts = [*without(met_journal(), Page), page("Down", BITES + 7, severity="warning", route="warning")]
    _, experiment = judged(facts)
    assert ("Down", "wrong-severity") in causes(experiment)


def test_the_wrong_route_is_a_breach() -> None:
    facts = [*without(met_journal(), Page), page("Down", BITES + 7, route="warning")]
    _, experiment = judged(facts)
    assert ("Down", "wrong-route") in causes(experiment)


def test_a_silence_is_inconclusive() -> None:
    facts = without(without(met_journal(), Page), AlertmanagerAlert, "Down")
    _, experiment = judged([*facts, accepted("Down", 106.0, silenced_by=("s1",))])
    assert experiment.outcome == "inconclusive"
    assert ("Down", "silenced") in causes(experiment)


def test_an_inhibited_alert_that_pages_is_a_breach() -> None:
    facts = [*met_journal(), page("HighErrors", BITES + 12, severity="warning", route="warning")]
    _, experiment = judged(facts)
    assert causes(experiment) == [("HighErrors", "paged")]
    assert experiment.alerts[1].latency == pytest.approx(12.0)


def test_an_alert_that_nothing_inhibits_is_a_breach() -> None:
    facts = without(met_journal(), AlertmanagerAlert, "HighErrors")
    _, experiment = judged([*facts, accepted("HighErrors", 109.0, severity="warning")])
    assert causes(experiment) == [("HighErrors", "not-inhibited")]


def test_anything_else_that_fires_is_a_breach_and_a_tolerated_alert_is_counted() -> None:
    facts = [*met_journal(), fires("Slow", 110.0), fires("Panic", 111.0), fires("DeadMansSwitch", 112.0)]
    _, experiment = judged(facts)
    (panic,) = experiment.unexpected
    assert (panic.shown, panic.severity, panic.seen) == ("Panic", "critical", "fired")
    assert (panic.at, panic.after, panic.since) == (BITES + 11, 11.0, "the fault")
    assert experiment.outcome == "breached"
    assert (experiment.tolerated[0].alert, experiment.tolerated[0].fired) == ("Slow", 1)


def test_a_still_panel_is_a_breach() -> None:
    facts = [*without(met_journal(), PanelsDrawn), *(panel(2.0 * step, 0.0) for step in range(10, 81))]
    _, experiment = judged(facts)
    assert causes(experiment) == [("Error Rate", "still")]


def test_one_sample_out_of_the_band_is_no_movement() -> None:
    facts = without(met_journal(), PanelsDrawn)
    facts += [panel(2.0 * step, 0.9 if step == 55 else 0.0) for step in range(10, 81)]
    _, experiment = judged(facts)
    assert experiment.panels[0].outcome == "breached"


def test_a_panel_that_does_not_come_back_is_a_breach() -> None:
    facts = without(met_journal(), PanelsDrawn)
    facts += [panel(2.0 * step, 0.6 if step > 52 else 0.0) for step in range(10, 81)]
    _, experiment = judged(facts)
    assert causes(experiment) == [("Error Rate", "not-back")]


def test_a_short_baseline_is_inconclusive() -> None:
    facts: list[AnyFact] = [
        fact for fact in met_journal() if not (isinstance(fact, PanelsDrawn) and fact.at < 80)
    ]
    _, experiment = judged(facts)
    assert causes(experiment) == [("Error Rate", "short-baseline")]
    assert experiment.outcome == "inconclusive"


def test_traffic_that_stops_makes_it_inconclusive_and_says_so_first() -> None:
    facts = without(without(met_journal(), TrafficSeen), Page)
    facts += [traffic(float(second), requests=80 if second < 102 else 0) for second in range(20, 163)]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert causes(experiment)[0] == ("", "too-little-traffic")
    assert experiment.alerts[0].unproven == "too-little-traffic"
    assert {reason.outcome for reason in experiment.reasons} == {"inconclusive"}


def test_a_workload_that_never_reported_is_too_little_traffic() -> None:
    _, experiment = judged(without(met_journal(), TrafficSeen))
    assert ("", "too-little-traffic") in causes(experiment)


@pytest.mark.parametrize("made", [{"achieved": 18.0}, {"cpu": 97.0}])
def test_a_starved_harness_is_inconclusive(made: dict[str, float]) -> None:
    facts = without(met_journal(), TrafficSeen)
    facts += [traffic(float(second), **made) for second in range(20, 163)]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("", "harness-starved")]


def test_prometheus_lost_for_long_is_inconclusive_with_that_reason() -> None:
    facts = [*met_journal(), at(Lost(source="prometheus", error="refused"), 103.0)]
    facts += [at(Regained(source="prometheus"), 109.0)]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("", "lost-sight")]


def test_an_undo_that_is_not_confirmed_is_a_breach_and_exit_code_six() -> None:
    facts = without(without(met_journal(), FaultUndone), RunEnded)
    facts += [
        at(
            FaultUndone(fault="service-kill", id="f1", requested=131, confirmed=False, observed="still held"),
            132.0,
        ),
        at(RunEnded(status="aborted", reason="left", left_injected=("f1",)), 170.0, ""),
    ]
    verdict, experiment = judged(facts)
    assert causes(experiment) == [("", "undo-unconfirmed")]
    assert verdict.exit_code == ExitCode.LEFT_INJECTED


def test_no_undo_is_assumed() -> None:
    _, experiment = judged(without(met_journal(), FaultUndone))
    assert ("", "never-undone") in causes(experiment)


def test_not_recovered_is_a_breach() -> None:
    facts = [
        fact for fact in met_journal() if not (isinstance(fact, GateChecked) and fact.gate == "recovery")
    ]
    facts += [at(GateChecked(gate="recovery", passed=False, waited=180, observed="active: Down"), 161.0)]
    _, experiment = judged(facts)
    assert causes(experiment) == [("", "not-recovered")]


def test_a_journal_that_is_cut_anywhere_is_a_failed_run_and_never_met() -> None:
    facts = met_journal()
    for cut in range(1, len(facts)):
        verdict = judge(facts[:cut])
        assert (verdict.outcome, verdict.status, verdict.exit_code) != ("met", "completed", ExitCode.MET)
        assert verdict.exit_code == ExitCode.HARNESS
        assert verdict.outcome != "met"


def test_an_interrupted_run_is_not_met() -> None:
    facts = without(without(without(met_journal(), RunEnded), ExperimentEnded), ObservationEnded)
    facts += [at(ExperimentEnded(status="interrupted"), 162.0), at(RunEnded(status="interrupted"), 163.0, "")]
    verdict, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert verdict.exit_code == ExitCode.ABORTED


def test_without_its_canary_a_run_is_inconclusive() -> None:
    facts = met_journal()[:5]
    facts += [
        at(GateChecked(gate="canary", passed=False, waited=15.0, observed="Alertmanager has it"), 20.0, "")
    ]
    facts += [at(RunEnded(status="aborted", reason="no canary"), 21.0, "")]
    verdict = judge(facts)
    assert verdict.outcome == "inconclusive"
    assert verdict.not_run == ("db-killed",)
    assert [reason.cause for reason in verdict.reasons] == ["no-canary", "aborted"]


def test_rounds_that_never_began_are_named() -> None:
    facts = met_journal()
    thrice = plan().model_copy(update={"repeat": 3})
    verdict = judge([at(Planned(plan=thrice), 0.0, ""), *facts[1:]])
    assert verdict.not_run == ("db-killed #2", "db-killed #3")
    assert verdict.outcome == "inconclusive"


def test_judging_again_gives_the_same_value() -> None:
    assert judge(met_journal()) == judge(met_journal())
    assert EXPERIMENT.needs.counted == {"orders": 5}


@pytest.mark.parametrize(("job", "outcome"), [("node", "met"), ("redis", "breached")])
def test_the_alert_of_another_job_is_not_the_one(job: str, outcome: str) -> None:
    """Expected with labels; an alert of the same name with others is missed, and unexpected."""
    wanted = AlertExpectation(alert="Down", severity="critical", labels={"job": "node"})
    experiment = EXPERIMENT.model_copy(update={"must": (wanted, EXPERIMENT.must[1])})
    seen = (PrometheusAlert, AlertmanagerAlert, Page)
    facts: list[AnyFact] = [
        fact.model_copy(update={"labels": {"job": job}})
        if isinstance(fact, seen) and fact.alert == "Down"
        else fact
        for fact in met_journal(experiment)
    ]
    _, verdict = judged(facts)
    assert verdict.outcome == outcome, reasons(verdict)
    if outcome == "breached":
        assert verdict.alerts[0].cause == "missed"
        assert [one.shown for one in verdict.unexpected] == ['Down{job="redis"}']
