"""A page that a time interval kept back proves nothing, as one that a silence did; and a refused run says why."""

import pytest

from simulator.base.errors import ExitCode
from simulator.journal.blindness import ConditionBlind, ConditionSighted
from simulator.journal.facts import AlertmanagerAlert, Page, Planned, RunEnded, RunStarted
from simulator.journal.loaded import Muted, Objection, PlanRefused, RouteSeen
from simulator.judge import judge
from simulator.report.html import FORMAT as HTML
from simulator.report.json import FORMAT as JSON
from simulator.report.text import FORMAT as TEXT
from tests.fakes.journals import BITES, EPOCH, accepted, at, causes, judged, met_journal, page, plan, without


def way(start: float, end: float, *, ours: bool = True, kind: str = "mute", **labels: str) -> RouteSeen:
    muted = Muted.model_validate(
        {"interval": "nights", "kind": kind, "start_epoch": EPOCH + start, "end_epoch": EPOCH + end}
    )
    return RouteSeen(
        alert="Down",
        labels=labels,
        receiver="simulator-critical",
        route='{severity="critical"}',
        ours=ours,
        muted=(muted,) if end > start else (),
    )


@pytest.mark.parametrize(
    ("ways", "outcome", "cause"),
    [
        ([way(90.0, 500.0)], "inconclusive", "muted"),
        ([way(90.0, 500.0, kind="active")], "inconclusive", "muted"),
        ([way(0.0, 90.0)], "breached", "missed"),
        ([way(90.0, 500.0, ours=False)], "breached", "missed"),
        # Another way to the receiver was open.
        ([way(90.0, 500.0), way(0.0, 0.0)], "breached", "missed"),
        ([], "breached", "missed"),
        # Muted in the recovery only, or before Alertmanager had the alert.
        ([way(BITES + 35.0, 500.0)], "breached", "missed"),
        ([way(90.0, BITES + 5.0)], "breached", "missed"),
        ([way(BITES + 30.0, 500.0)], "inconclusive", "muted"),
    ],
)
def test_a_page_that_did_not_come_through_a_muted_route_proves_nothing(
    ways: list[RouteSeen], outcome: str, cause: str
) -> None:
    facts = [*without(met_journal(), Page, "Down"), *(at(one, 0.3, "") for one in ways)]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == outcome
    assert causes(experiment) == [("Down", cause)]


@pytest.mark.parametrize(
    ("ways", "outcome"),
    [
        # The way of another instance says nothing, muted or open.
        ([way(90.0, 500.0, job="api"), way(0.0, 0.0, job="redis")], "inconclusive"),
        ([way(0.0, 0.0, job="api"), way(90.0, 500.0, job="redis")], "breached"),
        ([way(90.0, 500.0, job="redis")], "breached"),
        # The way of any instance counts for one of which nothing was known.
        ([way(90.0, 500.0), way(0.0, 0.0, job="redis")], "inconclusive"),
        ([way(0.0, 0.0), way(90.0, 500.0, job="redis")], "breached"),
        # What tells more of the alert comes first.
        ([way(90.0, 500.0, job="api"), way(0.0, 0.0)], "inconclusive"),
        ([way(0.0, 0.0, job="api", team="a"), way(90.0, 500.0, job="api")], "inconclusive"),
    ],
)
def test_only_the_ways_of_the_alert_that_was_accepted_count(ways: list[RouteSeen], outcome: str) -> None:
    api = {"job": "api", "severity": "critical"}
    facts = [
        *without(without(met_journal(), Page, "Down"), AlertmanagerAlert, "Down"),
        accepted("Down", BITES + 6.2, labels=api),
        *(at(one, 0.3, "") for one in ways),
    ]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == outcome
    late = [
        *facts,
        page("Down", BITES + 30.9, labels=api),
    ]
    _, experiment = judged(late)
    assert experiment.alerts[0].outcome == outcome
    assert experiment.alerts[0].cause == ("late" if outcome == "breached" else "muted")
    assert experiment.alerts[0].latency == pytest.approx(30.9)


def test_a_mute_that_was_over_before_the_alert_was_there_made_no_page_late() -> None:
    late = [
        *without(met_journal(), Page, "Down"),
        page("Down", BITES + 30.9),
        at(way(90.0, BITES + 5.0), 0.3, ""),
    ]
    _, experiment = judged(late)
    assert experiment.alerts[0].outcome == "breached"


@pytest.mark.parametrize(("when", "outcome"), [(BITES + 20.0, "inconclusive"), (BITES + 45.0, "breached")])
def test_a_silence_of_the_recovery_is_not_why_no_page_came(when: float, outcome: str) -> None:
    facts = [*without(met_journal(), Page, "Down"), accepted("Down", when, silenced_by=("s1",))]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == outcome


def test_a_page_that_came_is_met_whatever_was_muted() -> None:
    _, experiment = judged([*met_journal(), at(way(90.0, 500.0), 0.3, "")])
    assert experiment.outcome == "met"


def test_a_page_that_was_late_because_the_mute_ended_late_proves_nothing() -> None:
    late = [
        *without(met_journal(), Page, "Down"),
        page("Down", BITES + 30.9),
        at(way(90.0, BITES + 30.0), 0.3, ""),
    ]
    _, experiment = judged(late)
    assert experiment.alerts[0].outcome == "inconclusive"
    assert causes(experiment) == [("Down", "muted")]


def test_a_refused_run_says_all_that_stood_against_it_and_leaves_with_2() -> None:
    against = tuple(
        Objection(of="x", about=name, text="no rule of this name is loaded") for name in ("A", "B")
    )
    verdict = judge(
        [
            at(Planned(plan=plan()), 0.0, ""),
            at(RunStarted(epoch=EPOCH), 0.0, ""),
            at(PlanRefused(objections=against), 1.0, ""),
            at(RunEnded(status="aborted", reason="cannot be met"), 1.0, ""),
        ]
    )
    assert (verdict.outcome, verdict.exit_code) == ("inconclusive", ExitCode.BAD_INPUT)
    assert {reason.cause for reason in verdict.reasons} == {"refused"}
    assert [reason.text for reason in verdict.reasons] == [
        "refused: x: A: no rule of this name is loaded",
        "refused: x: B: no rule of this name is loaded",
    ]


def test_the_report_says_from_when_to_when_a_condition_was_blind() -> None:
    blind = ConditionBlind(condition="no-orders", query="sum(\n  orders)", had=True)
    sighted = ConditionSighted(condition="no-orders", query=blind.query)
    never = ConditionBlind(condition="disk-full", query="disk", had=False)
    verdict, _ = judged(
        [*met_journal(), at(never, 1.0, ""), at(blind, 20.0, ""), at(sighted, 23.5, ""), at(blind, 60.0, "")]
    )
    assert [(one.condition, one.start, one.end) for one in verdict.blind] == [
        ("disk-full", 1.0, None),
        ("no-orders", 20.0, 23.5),
        ("no-orders", 60.0, None),
    ]
    said = " ".join(TEXT.render(verdict).decode().split())
    assert (
        "abort condition no-orders was blind from 20.0 s to 23.5 s: Prometheus had no value for sum( orders)"
        in said
    )
    assert "abort condition disk-full was blind from the beginning to the end" in said
    assert "abort condition no-orders was blind from 60.0 s to the end" in HTML.render(verdict).decode()
    assert '"blind"' in JSON.render(verdict).decode()
