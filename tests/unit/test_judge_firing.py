"""Alerts of which nobody can be told, and pages that only the receiver can make."""

from typing import Any

import pytest

from simulator.journal.facts import Lost, PrometheusAlert, Regained, RuleSeen
from simulator.journal.loaded import ElsewhereTimes, Stage
from simulator.plan.models import Experiment
from tests.fakes.journals import (
    BITES,
    EXPERIMENT,
    at,
    causes,
    fires,
    judged,
    met_journal,
    page,
    without,
)

MISSING = "DeadMansSwitchMissing"


def wanting(*must: dict[str, Any], service: str = "postgres") -> Experiment:
    values = EXPERIMENT.model_dump(mode="json")
    values |= {"must": list(must), "faults": [{"fault": "service-kill", "service": service}]}
    return Experiment.model_validate(values)


FIRING = wanting({"alert": "Down", "severity": "critical", "expect": "firing"})
PAGED_BY_RECEIVER = wanting({"alert": MISSING, "severity": "critical", "by": "receiver", "within": 30})


def test_what_fires_in_time_is_met_without_a_page() -> None:
    _, experiment = judged(met_journal(FIRING))
    (down,) = experiment.alerts
    assert down.outcome == "met"
    assert down.latency == pytest.approx(6.0)
    assert down.cause == "arrived"


def test_what_never_fires_is_breached() -> None:
    _, experiment = judged(without(met_journal(FIRING), PrometheusAlert, "Down"))
    assert experiment.alerts[0].outcome == "breached"


def test_it_must_fire_with_its_own_severity() -> None:
    facts = [
        *without(met_journal(FIRING), PrometheusAlert, "Down"),
        fires("Down", BITES + 6, severity="warning"),
    ]
    _, experiment = judged(facts)
    assert experiment.alerts[0].cause == "wrong-severity"


def test_what_fired_before_proves_nothing() -> None:
    facts = [*met_journal(FIRING), fires("Down", BITES - 0.5)]
    assert judged(facts)[1].alerts[0].outcome == "inconclusive"


def test_the_receivers_own_page_is_met_by_its_own_route() -> None:
    facts = [*met_journal(PAGED_BY_RECEIVER), page(MISSING, BITES + 28, route="receiver")]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == "met"
    assert experiment.alerts[0].latency == pytest.approx(28.0)


def test_a_page_that_alertmanager_sent_is_not_the_receivers_own() -> None:
    facts = [*met_journal(PAGED_BY_RECEIVER), page(MISSING, BITES + 28)]
    assert judged(facts)[1].alerts[0].cause == "wrong-route"


def test_a_prometheus_that_the_fault_itself_took_away_is_no_reason_to_doubt() -> None:
    blind = wanting(
        {"alert": MISSING, "severity": "critical", "by": "receiver", "within": 30}, service="prometheus"
    )
    lost = [
        at(Lost(source="prometheus", error="refused"), BITES + 0.2),
        at(Regained(source="prometheus"), BITES + 34),
    ]
    facts = [*met_journal(blind), page(MISSING, BITES + 28, route="receiver"), *lost]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == "met"
    assert "lost-sight" not in {cause for _, cause in causes(experiment)}
    _, other = judged([*met_journal(PAGED_BY_RECEIVER), page(MISSING, BITES + 28, route="receiver"), *lost])
    assert other.outcome == "inconclusive"


def test_production_is_predicted_from_what_was_measured() -> None:
    """Pending after 4 s, 2 of them waiting for a look; the window is 20 times as wide there."""
    rule = RuleSeen(
        alert="Down",
        loaded=True,
        severity="critical",
        expr="x",
        stages=(Stage(name="window", seconds=15.0), Stage(name="hold", seconds=2.0)),
        production=ElsewhereTimes(interval=15, window=300, hold=60, group_wait=5),
    )
    facts = [*without(met_journal(), RuleSeen), at(rule, 0.2, "")]
    down = judged(facts)[1].alerts[0]
    assert down.in_production == pytest.approx(15 + (4 - 2) * 20 + 60 + 5)


def test_without_the_rules_word_production_is_not_predicted() -> None:
    assert judged(met_journal())[1].alerts[0].in_production is None
