"""No data never passes: blank panels, silent workloads, lost leases, set clocks, rules that do not work."""

from pathlib import Path

import pytest

from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import (
    AlertmanagerAlert,
    AnyFact,
    FaultChecked,
    FaultRequested,
    FaultUndone,
    Lost,
    Page,
    PrometheusAlert,
    Regained,
    RuleSeen,
    RuleSetSeen,
)
from simulator.journal.fitness import ClockStepped, LoopLag, ProcessSeen, TrafficSeen
from simulator.plan.models import AlertExpectation, Experiment
from tests.contract.minimal import settings_from
from tests.fakes.journals import (
    BITES,
    EXPERIMENT,
    at,
    causes,
    check,
    fires,
    judged,
    met_journal,
    page,
    panel,
    reasons,
    without,
)


def test_a_control_is_judged_on_quiet_alone() -> None:
    facts = [*control_journal(), *(panel(2.0 * step, 0.0) for step in range(10, 81))]
    _, experiment = judged(facts)
    assert causes(experiment) == []
    assert (experiment.outcome, len(experiment.panels)) == ("met", 1)


def control_journal() -> list[AnyFact]:
    """A control: no fault, every panel must stay."""
    control = Experiment(name="db-killed", title="Control", panels_stay=True, observe=30.0)
    facts = met_journal(control)
    for kind in (
        FaultRequested,
        FaultChecked,
        FaultUndone,
        PrometheusAlert,
        AlertmanagerAlert,
        Page,
        PanelsDrawn,
    ):
        facts = without(facts, kind)
    return facts


@pytest.mark.parametrize(
    ("before", "while_watched", "outcome", "cause"),
    [
        (0.0, None, "breached", "restless"),
        (None, None, "inconclusive", "no-data"),
        (None, 0.5, "inconclusive", "no-data"),
        (0.0, 0.5, "breached", "restless"),
    ],
)
def test_a_panel_must_have_data_to_have_stayed(
    before: float | None, while_watched: float | None, outcome: str, cause: str
) -> None:
    facts = [*control_journal()]
    facts += [panel(2.0 * step, before if step < 51 else while_watched) for step in range(10, 81)]
    _, experiment = judged(facts)
    assert experiment.outcome == outcome
    assert causes(experiment) == [("Error Rate", cause)]


def test_a_source_that_was_lost_before_it_began_is_missing_from_its_start() -> None:
    facts = [*without(met_journal(), Page), at(Lost(source="receiver", error="gone"), 40.0, "")]
    _, experiment = judged(facts)
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("", "lost-sight")]


def test_four_samples_cannot_show_that_a_panel_stayed() -> None:
    few = [panel(2.0 * step, 0.0) for step in range(10, 51)] + [panel(120.0 + step, 0.0) for step in range(4)]
    _, experiment = judged([*control_journal(), *few])
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("Error Rate", "few-samples")]


@pytest.mark.parametrize(("away", "outcome"), [(6.0, "inconclusive"), (4.0, "met")])
def test_quiet_is_not_proven_while_nobody_looked(away: float, outcome: str) -> None:
    wanted = AlertExpectation(alert="Down", severity="critical", expect="quiet")
    facts = met_journal(Experiment(name="db-killed", title="Quiet", faults=EXPERIMENT.faults, must=(wanted,)))
    for kind in (PrometheusAlert, AlertmanagerAlert, Page):
        facts = without(facts, kind)
    facts += [
        at(Lost(source="prometheus", error="gone"), BITES + 5, ""),
        at(Regained(source="prometheus"), BITES + 5 + away, ""),
    ]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == outcome, reasons(experiment)


def test_a_fault_that_ends_while_it_is_watched_proves_nothing() -> None:
    _, experiment = judged([*met_journal(), check(BITES + 30.5, ok=False)])
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("", "no-longer-effective")]


def test_an_engine_that_stood_still_may_have_lost_its_leases() -> None:
    _, experiment = judged([*met_journal(), at(LoopLag(seconds=3.6), BITES + 10)])
    assert causes(experiment) == [("", "harness-starved")]


@pytest.mark.parametrize(("late", "outcome"), [(1, "met"), (40, "inconclusive")])
def test_one_tick_that_is_late_starves_nobody_and_one_in_a_hundred_does(late: int, outcome: str) -> None:
    facts = without(met_journal(), LoopLag)
    ticks = (0.4,) * (late // 8 or 1) + (0.001,) * 12
    for second in range(8 if late > 1 else 1):
        facts.append(at(LoopLag(seconds=0.4, ticks=ticks), BITES + second))
    facts += [at(LoopLag(seconds=0.002, ticks=(0.002,) * 20), BITES + second) for second in range(30)]
    _, experiment = judged(facts)
    assert experiment.outcome == outcome, reasons(experiment)


def test_a_clock_that_is_set_does_not_make_a_late_page_timely() -> None:
    late = page("Down", BITES + 25.0).model_copy(update={"at": BITES + 40.0})
    _, experiment = judged([*without(met_journal(), Page), late])
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("Down", "clock-set")]


@pytest.mark.parametrize(
    ("steps", "proves"),
    [((3600.0,), False), ((-0.4, -0.3), False), ((0.4,), True), ((3600.0, -3600.0), True)],
)
def test_a_clock_that_was_set_before_the_fault_proves_nothing_after_it(
    steps: tuple[float, ...], proves: bool
) -> None:
    facts = met_journal()
    facts[2:2] = [at(ClockStepped(by=by), 1.0, "") for by in steps]
    _, experiment = judged(facts)
    assert experiment.outcome == ("met" if proves else "inconclusive")
    assert causes(experiment) == ([] if proves else [("", "clock-set")])


def test_a_clock_that_was_set_and_set_back_lied_in_between() -> None:
    steps = [at(ClockStepped(by=by), when, "") for by, when in ((3600.0, BITES + 2), (-3600.0, BITES + 20))]
    _, experiment = judged([*met_journal(), *steps])
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("", "clock-set")]


@pytest.mark.parametrize(
    ("job", "when", "why"),
    [
        ("prometheus", BITES + 5, [("", "restarted")]),
        ("prometheus", BITES + 60, []),
        ("erpgo-postgres", BITES + 5, []),
    ],
    ids=["observed", "afterwards", "by-the-fault"],
)
def test_what_was_restarted_has_forgotten_what_it_knew(job: str, when: float, why: list[object]) -> None:
    seen = [
        at(ProcessSeen(job=job, started_epoch=started), then, "") for started, then in ((1, 1.0), (2, when))
    ]
    _, experiment = judged([*met_journal(), *seen])
    assert causes(experiment) == why
    assert experiment.outcome == ("inconclusive" if why else "met")


def test_a_workload_that_falls_silent_is_not_healthy() -> None:
    facts = [
        fact
        for fact in met_journal()
        if not (isinstance(fact, TrafficSeen) and BITES + 3 < fact.at < BITES + 31)
    ]
    _, experiment = judged(list(facts))
    assert experiment.outcome == "inconclusive"
    assert ("", "workload-silent") in causes(experiment)


def test_what_fires_after_an_experiment_is_still_its_doing() -> None:
    stray = [fact.model_copy(update={"experiment": ""}) for fact in (fires("Panic", BITES + 62.5),)]
    _, experiment = judged([*met_journal(), *stray])
    assert [(one.shown, one.after) for one in experiment.unexpected] == [("Panic", 62.5)]


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (RuleSeen(alert="Idle", loaded=True, health="ok"), "met"),
        (RuleSeen(alert="Idle", loaded=True, health="err"), "inconclusive"),
        (RuleSeen(alert="Idle", loaded=False), "inconclusive"),
    ],
)
def test_quiet_counts_only_of_a_rule_that_works(rule: RuleSeen, outcome: str) -> None:
    quiet = EXPERIMENT.model_copy(
        update={
            "must": (*EXPERIMENT.must, AlertExpectation(alert="Idle", severity="critical", expect="quiet"))
        }
    )
    _, experiment = judged([*met_journal(quiet), at(rule, 0.3, "")])
    assert experiment.outcome == outcome


@pytest.mark.parametrize(
    ("alerts", "failing", "why"),
    [
        (("DeadMansSwitch", "SimulatorCanary"), (), [("", "no-rules")]),
        (("Down", "Panic"), ("Panic",), [("", "rules-failing")]),
        (("Down", "Panic"), (), []),
    ],
)
def test_quiet_proves_nothing_where_no_rule_could_have_fired(
    alerts: tuple[str, ...], failing: tuple[str, ...], why: list[object]
) -> None:
    rules = at(RuleSetSeen(name="staging", digest="0", alerts=alerts, failing=failing), 0.2, "")
    calm = [panel(2.0 * step, 0.0) for step in range(10, 81)]
    _, experiment = judged([*control_journal(), *calm, rules])
    assert experiment.outcome == ("inconclusive" if why else "met")
    assert causes(experiment) == why


@pytest.mark.parametrize(("expect", "cause"), [("inhibited", "paged"), ("quiet", "loud")])
def test_what_must_not_page_must_not_page_after_the_recovery_either(expect: str, cause: str) -> None:
    wanted = AlertExpectation.model_validate({"alert": "HighErrors", "severity": "warning", "expect": expect})
    rule = at(RuleSeen(alert="HighErrors", loaded=True, health="ok"), 0.3, "")
    experiment = EXPERIMENT.model_copy(update={"must": (EXPERIMENT.must[0], wanted)})
    facts = met_journal(experiment)
    if expect == "quiet":
        facts = [fact for fact in facts if getattr(fact, "alert", "") != "HighErrors"]
    facts.append(rule)
    assert judged(facts)[1].outcome == "met"
    later = [
        fires("HighErrors", BITES + 62.0, severity="warning"),
        page("HighErrors", BITES + 62.5, severity="warning"),
    ]
    _, verdict = judged([*facts, *(fact.model_copy(update={"experiment": ""}) for fact in later)])
    assert verdict.outcome == "breached"
    assert verdict.alerts[1].cause == cause


def test_a_state_first_seen_after_a_gap_may_be_as_old_as_the_gap() -> None:
    """The inhibition is seen 8.5 s after the fault; for 4 s before that nobody could look."""
    gap = [
        at(Lost(source="alertmanager", error="gone"), BITES + 4.5, ""),
        at(Regained(source="alertmanager"), BITES + 8.4, ""),
    ]
    for limit, outcome in ((8.0, "inconclusive"), (4.0, "breached"), (13.0, "met")):
        wanted = EXPERIMENT.must[1].model_copy(update={"within": limit})
        facts = met_journal(EXPERIMENT.model_copy(update={"must": (EXPERIMENT.must[0], wanted)}))
        _, experiment = judged([*facts, *gap])
        assert experiment.alerts[1].outcome == outcome, experiment.alerts[1].reason


@pytest.mark.parametrize(("start", "outcome"), [(BITES + 20, "inconclusive"), (BITES + 40, "breached")])
def test_a_gap_after_the_watch_excuses_no_missing_page(start: float, outcome: str) -> None:
    facts = [
        *without(met_journal(), Page),
        at(Lost(source="receiver", error="gone"), start, ""),
        at(Regained(source="receiver"), start + 1.0, ""),
    ]
    _, experiment = judged(facts)
    assert experiment.outcome == outcome, reasons(experiment)


@pytest.mark.parametrize(
    ("moved", "outcome"), [(BITES + 8, "met"), (BITES + 12, "inconclusive"), (BITES + 14, "breached")]
)
def test_a_panel_that_may_have_moved_in_time_is_not_late_yet(moved: float, outcome: str) -> None:
    """The limit is 11 s, and samples are 2 s apart."""
    wanted = EXPERIMENT.panels[0].model_copy(update={"within": 11.0})
    facts = without(met_journal(EXPERIMENT.model_copy(update={"panels": (wanted,)})), PanelsDrawn)
    facts += [panel(2.0 * step, 0.6 if moved <= 2 * step <= 140 else 0.0) for step in range(10, 81)]
    _, experiment = judged(facts)
    assert experiment.panels[0].outcome == outcome, experiment.panels[0].reason


@pytest.mark.parametrize(
    ("fault", "blind"),
    [
        ("{fault: service-kill, service: prometheus}", {"prometheus"}),
        ("{fault: misconfigure, mistake: unreadable}", set()),
    ],
)
def test_a_wrong_configuration_does_not_excuse_that_a_source_is_lost(
    fault: str, blind: set[str], tmp_path: Path
) -> None:
    settings = settings_from(fault, tmp_path)
    assert EXPERIMENT.model_copy(update={"faults": (settings,)}).blinds == blind
