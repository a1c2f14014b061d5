"""What decides a verdict is in the plan: old journals are judged by the old numbers, new ones by those that they record."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulator.journal.facts import AnyFact, LedgerChecked, Lost, Page, Planned, Regained
from simulator.journal.fitness import ClockStepped, LoopLag, TrafficSeen
from simulator.plan.build import build_plan
from simulator.plan.models import Plan
from simulator.plan.policy import TODAY, Policy
from simulator.plan.request import RunRequest
from tests.fakes.journals import (
    BITES,
    at,
    fires,
    in_order,
    judged,
    met_journal,
    page,
    plan,
    traffic,
    without,
)
from tests.fakes.surroundings import erpgo_with

AS_EVER = {
    "positive_checks": 3,
    "exempt": ["DeadMansSwitch", "SimulatorCanary"],
    "canary": "SimulatorCanary",
    "window": 15.0,
    "sight": {
        "gap_tolerated": 5.0,
        "polled_every": 0.25,
        "began_before": 1.0,
        "clock_step": 1.0,
        "clocks_apart": 0.5,
    },
    "fitness": {
        "loop_lag": 0.25,
        "longest_stall": 2.0,
        "locust_cpu": 90.0,
        "achieved": 0.95,
        "counted": 0.5,
    },
    "panels": {
        "looks_back": 300.0,
        "baseline_least": 15,
        "baseline_most": 30,
        "relative": 0.3,
        "relative_by_unit": {"currencyUSD": 0.5},
        "deviations": 4.0,
        "in_a_row": 2,
        "in_a_row_to_stay": 5,
        "least_step": {
            "percentunit": 0.05,
            "percent": 5.0,
            "s": 0.5,
            "ms": 500.0,
            "reqps": 5.0,
            "cps": 1.0,
            "cpm": 60.0,
            "bytes": 64e6,
            "decbytes": 64e6,
            "short": 5.0,
        },
        "counted_in": {"cps": 1.0, "reqps": 1.0, "cpm": 60.0},
        "counted_over": 8.0,
        "stay_limit": 30.0,
    },
    "waits": {"steady": 120.0, "learned": 300.0, "canary": 15.0},
    "books": {"under_way": 1.0, "lost_scrapes": 2.0, "burst": 2.0},
}
"""By what journals are judged that do not say. Never change a number here; a new field is added with what held before it."""


def test_a_journal_that_does_not_say_is_judged_as_ever() -> None:
    values = plan().model_dump(mode="json")
    del values["policy"]
    assert json.loads(Plan.model_validate(values).policy.model_dump_json()) == AS_EVER


def test_a_new_run_records_by_what_it_is_judged_in_few_bytes() -> None:
    made = build_plan(RunRequest(gameday="smoke"), erpgo_with(plan().stack), datetime.now(UTC))
    assert made.policy == TODAY
    recorded = made.model_dump_json()
    assert Plan.model_validate_json(recorded).policy == TODAY
    assert len(recorded) - len(made.model_dump_json(exclude={"policy"})) < 2_000


def under(facts: list[AnyFact], **changes: object) -> list[AnyFact]:
    """The journal of a run whose plan had another policy: fields by name, with `part__field` for those of a part."""
    values = json.loads(Policy().model_dump_json())
    for name, value in changes.items():
        part, _, field = name.rpartition("__")
        (values[part] if part else values)[field] = value
    planned = facts[0]
    assert isinstance(planned, Planned)
    other = planned.plan.model_copy(update={"policy": Policy.model_validate(values)})
    return [planned.model_copy(update={"plan": other}), *facts[1:]]


def away(source: str, start: float, seconds: float) -> list[AnyFact]:
    lost = at(Lost(source=source, error="gone"), start, "")
    return [lost, at(Regained(source=source), start + seconds, "")]


def with_traffic(**made: float) -> list[AnyFact]:
    facts = without(met_journal(), TrafficSeen)
    return [*facts, *(traffic(float(second), **made) for second in range(20, 163))]


def books(counted: float) -> list[AnyFact]:
    checked = LedgerChecked(
        what="orders", experiments=("db-killed",), seconds=60.0, acknowledged=60, recorded=60, counted=counted
    )
    return [*met_journal(), at(checked, BITES + 62.5, "")]


@pytest.mark.parametrize(
    ("facts", "change", "outcomes"),
    [
        (met_journal, {"positive_checks": 4}, ("met", "inconclusive")),
        (lambda: [*met_journal(), fires("Watchdog", 110.0)], {"exempt": ["Watchdog"]}, ("breached", "met")),
        (lambda: [*met_journal(), fires("DeadMansSwitch", 110.0)], {"exempt": []}, ("met", "breached")),
        (
            lambda: [*met_journal(), *away("prometheus", 103.0, 6.0)],
            {"sight__gap_tolerated": 7.0},
            ("inconclusive", "met"),
        ),
        (
            lambda: [*met_journal(), *away("receiver", 110.0, 4.0)],
            {"sight__gap_tolerated": 3.0},
            ("met", "inconclusive"),
        ),
        (
            lambda: [*met_journal(), fires("Down", 112.0, "inactive"), fires("Down", 112.2)],
            {"sight__polled_every": 0.1},
            ("met", "breached"),
        ),
        (
            lambda: [*without(met_journal(), Page), page("Down", BITES + 5, starts=BITES - 3.0)],
            {"sight__began_before": 4.0},
            ("breached", "met"),
        ),
        (
            lambda: [*without(met_journal(), Page), page("Down", 125.0).model_copy(update={"at": 140.0})],
            {"sight__clock_step": 10.0},
            ("inconclusive", "met"),
        ),
        (
            lambda: [*met_journal(), at(ClockStepped(by=0.7), 1.0, "")],
            {"sight__clocks_apart": 0.8},
            ("inconclusive", "met"),
        ),
        (met_journal, {"fitness__loop_lag": 0.001}, ("met", "inconclusive")),
        (
            lambda: [*met_journal(), at(LoopLag(seconds=3.6), 110.0)],
            {"fitness__longest_stall": 4.0},
            ("inconclusive", "met"),
        ),
        (lambda: with_traffic(cpu=97.0), {"fitness__locust_cpu": 98.0}, ("inconclusive", "met")),
        (lambda: with_traffic(achieved=18.0), {"fitness__achieved": 0.9}, ("inconclusive", "met")),
        (
            lambda: [
                *(fact for fact in met_journal() if not isinstance(fact, TrafficSeen) or fact.at > BITES),
                *(traffic(float(second)) for second in range(80, 94)),
                *(traffic(float(second), requests=0.0) for second in range(94, 101)),
            ],
            {"window": 8.0},
            ("met", "inconclusive"),
        ),
        (met_journal, {"panels__baseline_least": 31}, ("met", "inconclusive")),
        (met_journal, {"panels__looks_back": 0.0, "panels__baseline_least": 20}, ("met", "inconclusive")),
        (met_journal, {"panels__least_step": {"percentunit": 0.7}}, ("met", "breached")),
        (met_journal, {"panels__in_a_row": 25}, ("met", "breached")),
        (lambda: books(64.5), {"books__burst": 4.0}, ("breached", "met")),
        (lambda: books(62.0), {"books__under_way": 0.0}, ("met", "breached")),
    ],
)
def test_a_plan_with_another_policy_is_judged_by_that(
    facts: Callable[[], list[AnyFact]], change: dict[str, object], outcomes: tuple[str, str]
) -> None:
    as_ever, otherwise = judged(in_order(facts()))[0], judged(under(in_order(facts()), **change))[0]
    assert (as_ever.outcome, otherwise.outcome) == outcomes


def test_what_reports_say_of_a_limit_is_the_plans_limit_too() -> None:
    facts = under([*met_journal(), *away("prometheus", 103.0, 6.0)], sight__gap_tolerated=5.5)
    assert "at most 5.5 s are tolerated" in judged(facts)[1].reasons[0].text


@pytest.mark.parametrize(
    "change",
    [
        {"positive_checks": 0},
        {"panels__in_a_row": 0},
        {"panels__counted_over": 0.0},
        {"sight__gap_tolerated": -1.0},
        {"fitness__achieved": 2.0},
        {"window": float("nan")},
        {"of": 1},
    ],
)
def test_a_policy_of_nonsense_is_no_policy(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        under(met_journal(), **change)
