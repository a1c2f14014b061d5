"""One name, two alerts: at two severities, or for two teams. Neither decides for the other."""

import pytest
from pydantic import ValidationError

from simulator.journal.facts import AlertmanagerAlert, AnyFact, Page, PrometheusAlert, RuleSeen, RuleSetSeen
from simulator.plan.identity import Identity
from simulator.plan.models import Experiment
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
)

TEAMS: list[dict[str, object]] = [
    {"alert": "Down", "severity": "critical", "labels": {"team": "payments"}},
    {"alert": "Down", "severity": "critical", "labels": {"team": "search"}},
]
SEVERITIES: list[dict[str, object]] = [
    {"alert": "Down", "severity": "critical"},
    {"alert": "Down", "severity": "warning"},
]


def wanting(must: list[dict[str, object]], may: list[dict[str, object]] | None = None) -> Experiment:
    values = {
        "name": EXPERIMENT.name,
        "title": EXPERIMENT.title,
        "faults": [{"fault": "service-kill", "service": "postgres"}],
        "must": must,
        "may": may or [],
    }
    return Experiment.model_validate(values)


def quiet_journal(experiment: Experiment) -> list[AnyFact]:
    """A run of the experiment in which no alert did anything."""
    loud = (PrometheusAlert, AlertmanagerAlert, Page, RuleSeen)
    return [fact for fact in met_journal(experiment) if not isinstance(fact, loud)]


def paged(when: float, severity: str = "critical", **labels: str) -> list[AnyFact]:
    return [
        fires("Down", BITES + when - 2, severity=severity, labels=labels),
        accepted("Down", BITES + when - 1, severity=severity, labels=labels),
        page("Down", BITES + when, severity=severity, route=severity, labels=labels),
    ]


def loaded(*rules: dict[str, str]) -> list[AnyFact]:
    """What preflight saw: one rule of the name for each set of labels."""
    identities = tuple(Identity.of("Down", labels) for labels in rules)
    seen = RuleSetSeen(name="ours", digest="0", alerts=("Down",) * len(rules), rules=identities)
    facts = [
        RuleSeen(alert="Down", labels=labels, loaded=True, severity=labels["severity"], health="ok")
        for labels in rules
    ]
    return [at(seen, 0.2, ""), *(at(fact, 0.2, "") for fact in facts)]


@pytest.mark.parametrize(
    ("must", "first", "second", "missing"),
    [
        (TEAMS, paged(5, team="payments"), paged(9, team="search"), 'Down{team="search"}'),
        (SEVERITIES, paged(5), paged(14, "warning"), 'Down{severity="warning"}'),
    ],
    ids=["teams", "severities"],
)
def test_the_page_of_one_is_not_the_page_of_the_other(
    must: list[dict[str, object]], first: list[AnyFact], second: list[AnyFact], missing: str
) -> None:
    journal = quiet_journal(wanting(must))
    verdict, both = judged([*journal, *first, *second])
    assert verdict.outcome == "met", reasons(both)
    assert [alert.latency for alert in both.alerts] == [
        pytest.approx(5.0),
        pytest.approx(second[-1].at - BITES),
    ]
    _, one = judged([*journal, *first])
    assert [alert.outcome for alert in one.alerts] == ["met", "breached"]
    assert causes(one) == [(missing, "missed")]


def test_the_first_page_of_a_loaded_namesake_does_not_decide() -> None:
    """One expectation, two loaded rules: the warning comes first, is not the critical page, and nobody expected it."""
    rules = loaded({"severity": "critical"}, {"severity": "warning"})
    facts = [*quiet_journal(wanting(SEVERITIES[:1])), *rules, *paged(5, "warning"), *paged(9)]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == "met"
    assert experiment.alerts[0].latency == pytest.approx(9.0)
    (warning,) = experiment.unexpected
    assert (warning.shown, warning.severity, warning.after) == ('Down{severity="warning"}', "warning", 3.0)


def test_a_lone_rule_of_the_wrong_severity_is_still_wrong_and_not_missing() -> None:
    facts = [*quiet_journal(wanting(SEVERITIES[:1])), *loaded({"severity": "warning"}), *paged(5, "warning")]
    _, experiment = judged(facts)
    assert experiment.alerts[0].cause == "wrong-severity"


def test_one_may_fire_while_its_namesake_must_not() -> None:
    may: dict[str, object] = {
        "alert": "Down",
        "labels": {"team": "search"},
        "because": "search lives on the same database",
    }
    journal = quiet_journal(wanting(TEAMS[:1], [may]))
    facts = [*journal, *paged(5, team="payments"), *paged(9, team="search")]
    verdict, experiment = judged(facts)
    assert verdict.outcome == "met", reasons(experiment)
    assert experiment.tolerated[0].paged == 1
    _, third = judged([*facts, *paged(9, team="billing")])
    assert [(one.labels, one.after) for one in third.unexpected] == [({"team": "billing"}, 7.0)]


def test_the_latency_promised_is_that_of_the_rule_that_is_meant() -> None:
    """The last rule of a name used to win: here it is not even loaded soundly."""
    rules = loaded({"severity": "critical", "team": "payments"}, {"severity": "critical", "team": "search"})
    sick = [fact.model_copy(update={"health": "err"}) if fact is rules[-1] else fact for fact in rules]
    journal = quiet_journal(wanting(TEAMS))
    _, experiment = judged([*journal, *sick])
    assert [alert.cause for alert in experiment.alerts] == ["missed", "rule-broken"]


def test_each_stays_for_itself() -> None:
    facts = [*quiet_journal(wanting(TEAMS)), *paged(5, team="payments"), *paged(9, team="search")]
    gone = fires("Down", BITES + 20, "inactive", labels={"team": "search"})
    _, experiment = judged([*facts, gone])
    assert [alert.outcome for alert in experiment.alerts] == ["met", "breached"]


@pytest.mark.parametrize(
    ("must", "may"),
    [
        ([SEVERITIES[0], SEVERITIES[0]], []),
        ([SEVERITIES[0], TEAMS[0]], []),
        ([TEAMS[0], TEAMS[1] | {"labels": {"zone": "a"}}], []),
        ([SEVERITIES[0]], [{"alert": "Down", "because": "it may, for all we know"}]),
        ([], [{"alert": "Down", "because": "it may, for all we know"}] * 2),
    ],
    ids=["the same", "one is more exact", "other labels", "must and may", "twice may"],
)
def test_what_cannot_be_told_apart_is_refused(
    must: list[dict[str, object]], may: list[dict[str, object]]
) -> None:
    with pytest.raises(
        ValidationError, match=r"named more than once, and nothing tells .* give both a label"
    ):
        wanting(must, may)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"labels": {"severity": "warning"}}, "contradict"),
        ({"clears": True}, "needs its reason"),
        ({"because": "the burst is over soon"}, "which is not set"),
        ({"clears": True, "because": "the burst is over soon", "expect": "quiet"}, "nothing to clear"),
    ],
)
def test_what_contradicts_itself_is_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        wanting([SEVERITIES[0] | keys])
