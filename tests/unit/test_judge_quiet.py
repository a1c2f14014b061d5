"""An alert that must stay quiet: whoever saw it, it was not; and its rule must have been able to fire it to the end."""

import pytest

from simulator.journal.facts import AlertmanagerAlert, AnyFact, Page, PrometheusAlert, RuleSeen, RuleSetSeen
from simulator.journal.loaded import RulesAsked, Unwell
from simulator.judge.verdict import ExperimentVerdict
from simulator.plan.identity import Identity
from simulator.plan.models import AlertExpectation, Experiment
from tests.fakes.journals import (
    BITES,
    EXPERIMENT,
    accepted,
    at,
    causes,
    fires,
    judged,
    met_journal,
    page,
    reasons,
    without,
)

IDLE = AlertExpectation(alert="Idle", severity="critical", expect="quiet")
FAILS = Unwell(rule=Identity.of("Idle", {"severity": "critical"}), health="err", error="many-to-many")


def wanting(wanted: AlertExpectation = IDLE) -> Experiment:
    return EXPERIMENT.model_copy(update={"must": (*EXPERIMENT.must, wanted)})


def quiet(*extra: AnyFact, health: str = "ok", experiment: Experiment | None = None) -> ExperimentVerdict:
    rule = at(RuleSeen(alert="Idle", loaded=True, severity="critical", health=health), 0.3, "")
    return judged([*met_journal(experiment or wanting()), rule, *extra])[1]


def asked(*unwell: Unwell, error: str = "") -> AnyFact:
    return at(RulesAsked(unwell=unwell, error=error), BITES + 30.9)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ([page("Idle", BITES + 9)], "was paged 9.0 s after the fault bit, expected quiet"),
        ([accepted("Idle", BITES + 8)], "was accepted by Alertmanager 8.0 s after"),
        (
            [accepted("Idle", BITES + 8), page("Idle", BITES + 9)],
            "was accepted by Alertmanager 8.0 s, was paged 9.0 s after",
        ),
        ([fires("Idle", BITES + 6), page("Idle", BITES + 9)], "fired 6.0 s, was paged 9.0 s after"),
        ([page("Idle", BITES + 62.5)], "was paged 62.5 s after"),
        ([page("Idle", BITES + 9, status="resolved", starts=-40.0)], ""),
        ([page("Idle", 60.0)], ""),
    ],
    ids=["paged", "accepted", "both", "fired", "in its aftermath", "an older one resolved", "before"],
)
def test_an_alert_that_anybody_saw_was_not_quiet(seen: list[AnyFact], said: str) -> None:
    experiment = quiet(*seen)
    assert experiment.outcome == ("breached" if said else "met")
    assert said in reasons(experiment)


def test_the_receivers_own_page_is_no_quiet_either() -> None:
    wanted = IDLE.model_copy(update={"by": "receiver"})
    experiment = quiet(page("Idle", BITES + 9, route="receiver"), experiment=wanting(wanted))
    assert experiment.alerts[-1].outcome == "breached"
    assert quiet(experiment=wanting(wanted)).alerts[-1].outcome == "inconclusive"


@pytest.mark.parametrize(
    ("health", "later", "outcome", "cause"),
    [
        ("ok", [], "met", "quiet"),
        ("unknown", [], "met", "quiet"),
        ("ok", [asked()], "met", "quiet"),
        ("unknown", [asked()], "met", "quiet"),
        (
            "ok",
            [asked(FAILS)],
            "inconclusive",
            "unproven-quiet",
        ),
        (
            "unknown",
            [asked(FAILS.model_copy(update={"health": "unknown", "error": ""}))],
            "inconclusive",
            "unproven-quiet",
        ),
        (
            "ok",
            [asked(FAILS.model_copy(update={"health": "gone", "error": ""}))],
            "inconclusive",
            "unproven-quiet",
        ),
        ("ok", [asked(error="no answer")], "inconclusive", "unproven-quiet"),
        ("ok", [asked(FAILS), asked()], "met", "quiet"),
    ],
)
def test_quiet_counts_only_of_a_rule_that_worked_to_the_end(
    health: str, later: list[AnyFact], outcome: str, cause: str
) -> None:
    experiment = quiet(*later, health=health)
    assert experiment.outcome == outcome, reasons(experiment)
    assert experiment.alerts[-1].cause == cause


def test_a_rule_that_ceased_to_work_is_no_reason_to_call_an_alert_missed_for_want_of_its_cause() -> None:
    facts = met_journal()
    for kind in (PrometheusAlert, AlertmanagerAlert, Page):
        facts = without(facts, kind, "Down")
    fails = FAILS.model_copy(update={"rule": Identity.of("Down", {"severity": "critical"})})
    _, experiment = judged([*facts, asked(fails)])
    assert experiment.alerts[0].outcome == "breached"
    assert (experiment.alerts[0].cause, experiment.alerts[0].reached) == ("rule-broken", "nothing")
    _, experiment = judged([*facts, fires("Down", BITES + 4, "pending"), asked(fails)])
    assert (experiment.alerts[0].cause, experiment.alerts[0].reached) == ("missed", "pending")


def test_that_nothing_else_fired_says_nothing_of_rules_that_ceased_to_work() -> None:
    identities = tuple(Identity.of(name, {"severity": "critical"}) for name in ("Down", "Idle", "Slow"))
    rules = at(RuleSetSeen(name="x", digest="0", alerts=("Down", "Idle", "Slow"), rules=identities), 0.2, "")
    _, experiment = judged([*met_journal(), rules, asked(FAILS)])
    assert experiment.outcome == "inconclusive"
    assert causes(experiment) == [("", "rules-unwell")]
    tolerated = FAILS.model_copy(update={"rule": identities[2]})
    assert judged([*met_journal(), rules, asked(tolerated)])[1].outcome == "met"


def test_what_its_own_fault_did_to_prometheus_is_no_news() -> None:
    killed = Experiment.model_validate(
        {"name": "x", "title": "x", "faults": [{"fault": "service-kill", "service": "prometheus"}]}
    )
    experiment = EXPERIMENT.model_copy(update={"faults": killed.faults})
    unknown = FAILS.model_copy(update={"health": "unknown"})
    for later in (asked(error="no answer"), asked(unknown)):
        assert judged([*met_journal(experiment), later])[1].outcome == "met"
    assert judged([*met_journal(experiment), asked(FAILS)])[1].outcome == "inconclusive"
