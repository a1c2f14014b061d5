"""What counts as exercised, and by whom."""

from simulator.history.coverage import EVERY_RUN, coverage
from simulator.history.record import record
from simulator.journal.facts import FaultChecked, Page
from simulator.judge.verdict import RunVerdict
from simulator.plan.models import Panel
from simulator.plan.policy import CANARY
from simulator.plan.rules import Rule
from tests.fakes.journals import BITES, EXPERIMENT, PANEL, judged, met_journal, page, without

RULES = tuple(
    Rule(alert=alert, labels={"severity": "critical"})
    for alert in ("Down", "HighErrors", "Slow", "Other", "DeadMansSwitch", CANARY)
)
OTHER_PANEL = Panel(dashboard="system", title="Nobody's", unit="s", targets=())


def of(*runs: RunVerdict) -> dict[str, tuple[tuple[str, ...], str | None]]:
    records = [record(run) for run in runs]
    found = coverage(RULES, [PANEL, OTHER_PANEL], ["service-kill", "unused"], [EXPERIMENT], records)
    return {
        one.name: (one.planned, one.last.outcome if one.last else None)
        for one in (*found.alerts, *found.panels, *found.faults)
    }


def test_what_an_experiment_wants_something_of_is_planned() -> None:
    planned = of()
    assert planned["Down"] == planned["HighErrors"] == (("db-killed",), None)
    assert planned["system / Error Rate"] == (("db-killed",), None)
    assert planned["service-kill"] == (("db-killed",), None)
    assert planned[CANARY] == ((EVERY_RUN,), None)


def test_what_may_fire_or_nobody_mentions_is_not() -> None:
    for name in ("Slow", "Other", "DeadMansSwitch", "system / Nobody's", "unused"):
        assert of()[name] == ((), None)


def test_a_run_exercises_what_it_proved() -> None:
    verdict, _ = judged(met_journal())
    seen = of(verdict)
    assert seen["Down"] == (("db-killed",), "met")
    assert seen["system / Error Rate"][1] == "met"
    assert seen["service-kill"][1] == "met"
    assert seen[CANARY][1] == "met"


def test_the_latest_run_counts() -> None:
    good, _ = judged(met_journal())
    bad, _ = judged([*without(met_journal(), Page, "Down"), page("Down", BITES + 39)])
    bad = bad.model_copy(update={"started_epoch": good.started_epoch + 100})
    assert of(good, bad)["Down"][1] == "breached"
    assert of(bad, good)["Down"][1] == "breached"


def test_a_repeat_does_not_make_a_failure_good() -> None:
    bad, failed = judged([*without(met_journal(), Page, "Down"), page("Down", BITES + 39)])
    _, good = judged(met_journal())
    both = bad.model_copy(update={"experiments": (good, failed, good)})
    assert of(both)["Down"][1] == "breached"
    assert of(both)["system / Error Rate"][1] == "met"


def test_what_proved_nothing_is_not_exercised() -> None:
    nothing, _ = judged(without(met_journal(), FaultChecked))
    seen = of(nothing)
    assert seen["Down"][1] is None
    assert seen["system / Error Rate"][1] is None
    assert seen["service-kill"][1] is None


def test_what_is_left_over_is_named() -> None:
    found = coverage(RULES, [PANEL, OTHER_PANEL], [], [EXPERIMENT], [record(judged(met_journal())[0])])
    assert found.unplanned == ("Slow", "Other", "DeadMansSwitch", "system / Nobody's")
    assert found.never == found.unplanned
