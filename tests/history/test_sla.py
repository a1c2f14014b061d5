"""The rules of honesty of an SLA report, each by itself; and every cell of many runs, worked out by another way."""

import math
from collections.abc import Sequence
from math import comb

import pytest

from simulator.history.record import RunRecord, record
from simulator.history.sla import Attained, Period, Sla, sla
from simulator.judge.verdict import AlertVerdict, RunVerdict
from tests.history.many import ALERTS, DAY, NOVEMBER, RULES, alert_of, drawn, run_of

MONTH = Period(start=NOVEMBER, end=NOVEMBER + 30 * DAY)
SEEDS = range(5)


def told(*runs: RunVerdict, objective: float = 0.95, environment: str = "") -> Sla:
    return sla([record(run) for run in runs], MONTH, objective, environment=environment)


def alone(*alerts: AlertVerdict) -> Attained:
    (one,) = told(*(run_of(number, (alert,)) for number, alert in enumerate(alerts))).alerts
    return one


MET = alert_of("Down", "met", 10.0)
MISSED = alert_of("Down", "breached", None)
LATE = alert_of("Down", "breached", 45.0)
UNSURE = alert_of("Down", "inconclusive", 10.0)


def test_met_and_breached_count_and_inconclusive_stands_beside_them() -> None:
    one = alone(MET, MISSED, UNSURE, UNSURE)
    assert (one.met, one.tried, one.inconclusive) == (1, 2, 2)


def test_only_alert_limit_environment_and_rule_that_are_equal_are_counted_together() -> None:
    made = told(
        run_of(1, (MET, alert_of("Down", "met", 10.0, limit=60.0))),
        run_of(2, (MET, alert_of("Down", "met", 10.0, rule=RULES[1]))),
        run_of(3, (MET, alert_of("Up", "met", 10.0)), environment="embedded"),
    )
    assert [(one.environment, one.alert, one.limit, one.rule, one.tried) for one in made.alerts] == [
        ("embedded", "Down", 30.0, RULES[0], 1),
        ("embedded", "Up", 30.0, RULES[0], 1),
        ("staging", "Down", 30.0, RULES[0], 2),
        ("staging", "Down", 30.0, RULES[1], 1),
        ("staging", "Down", 60.0, RULES[0], 1),
    ]


@pytest.mark.parametrize(
    ("met", "missed", "state"),
    [(58, 0, "unproven"), (59, 0, "attained"), (20, 1, "unproven"), (3, 6, "failed"), (8, 1, "unproven")],
)
def test_what_is_claimed_is_a_bound(met: int, missed: int, state: str) -> None:
    assert alone(*[MET] * met, *[MISSED] * missed).state == state


def test_what_is_only_inconclusive_proves_nothing() -> None:
    one = alone(UNSURE)
    assert (one.state, one.at_least, one.median, one.worst) == ("unproven", 0.0, None, None)


def test_a_page_that_never_came_takes_for_ever() -> None:
    one = alone(MET, MISSED, LATE)
    assert (one.median, one.worst) == (45.0, "never")
    assert alone(MET, MISSED, MISSED).median == "never"


def test_what_production_would_have_made_stands_beside_it() -> None:
    one = alone(MET, alert_of("Down", "met", 4.0), MISSED, UNSURE)
    assert (one.production_met, one.production_known, one.production_median) == (1, 2, 24.0)


def test_runs_before_and_after_the_period_are_not_counted() -> None:
    made = told(
        run_of(1, (MET,), epoch=NOVEMBER - 1),
        run_of(2, (MET,), epoch=NOVEMBER),
        run_of(3, (MET,), epoch=NOVEMBER + 30 * DAY),
    )
    assert [one.tried for one in made.alerts] == [1]


def test_a_missed_page_says_what_changed_since_it_last_came() -> None:
    changed = alert_of("Down", "breached", None, rule=RULES[1])
    made = told(
        run_of(1, (MET,), epoch=NOVEMBER - DAY), run_of(2, (changed,), simulator="1.1"), run_of(3, (changed,))
    )
    assert [one.changed for one in made.shortfalls] == [("its rule", "the simulator"), ("its rule",)]
    assert told(run_of(1, (MISSED,))).shortfalls[0].changed is None
    assert told(run_of(1, (MET,)), run_of(2, (MISSED,))).shortfalls[0].changed == ()


def test_what_was_not_recorded_cannot_have_changed() -> None:
    unknown = alert_of("Down", "breached", None, rule="")
    assert told(run_of(1, (MET,)), run_of(2, (unknown,))).shortfalls[0].changed == ()


def many(*groups: tuple[int, AlertVerdict]) -> list[RunVerdict]:
    alerts = [alert for count, alert in groups for _ in range(count)]
    return [run_of(number, (alert,), epoch=NOVEMBER + number * 3600) for number, alert in enumerate(alerts)]


def test_what_got_worse_is_named_with_what_changed() -> None:
    broken = alert_of("Down", "breached", None, rule=RULES[1])
    (one,) = told(*many((20, MET), (6, broken))).regressions
    assert (one.kind, one.run, one.before, one.after, one.changed) == (
        "missed more often",
        "run-0020",
        (20, 20),
        (0, 6),
        ("its rule",),
    )


def test_what_got_slower_is_named() -> None:
    (one,) = told(*many((15, MET), (15, alert_of("Down", "met", 20.0)))).regressions
    assert (one.kind, one.run, one.slower_by) == ("slower", "run-0015", 10.0)


@pytest.mark.parametrize(
    "runs",
    [
        many((20, MET), (1, MISSED)),
        many((10, MISSED), (20, MET)),
        many((15, alert_of("Down", "met", 20.0)), (15, MET)),
        many((30, MET)),
    ],
    ids=["one miss", "got better", "got faster", "as ever"],
)
def test_what_proves_no_turn_for_the_worse_is_none(runs: list[RunVerdict]) -> None:
    assert told(*runs).regressions == ()


def test_what_got_worse_before_the_period_is_no_news() -> None:
    old = [
        run.model_copy(update={"started_epoch": run.started_epoch - 5 * DAY})
        for run in many((20, MET), (9, MISSED))
    ]
    assert told(*old, run_of(99, (MISSED,), epoch=NOVEMBER + DAY)).regressions == ()


def test_an_alert_that_nothing_exercised_for_long_is_named() -> None:
    made = told(
        run_of(1, (MET,), epoch=NOVEMBER - 5 * DAY, loaded=("Down", "Idle")),
        run_of(2, (UNSURE,), epoch=NOVEMBER + 29 * DAY, loaded=("Down", "Idle")),
    )
    assert [(one.alert, one.last) for one in made.idle] == [("Down", NOVEMBER - 5 * DAY), ("Idle", None)]


def test_in_a_month_that_is_not_over_what_ran_lately_is_not_idle() -> None:
    lately = record(run_of(1, (MET,), epoch=NOVEMBER - 2 * DAY, loaded=("Down",)))
    assert [one.alert for one in sla([lately], MONTH, 0.9).idle] == ["Down"]
    assert sla([lately], MONTH, 0.9, now=NOVEMBER + DAY).idle == ()


def test_a_run_that_proved_nothing_is_named() -> None:
    assert [one.run for one in told(run_of(1, (UNSURE,)), run_of(2, (MET,))).fruitless] == ["run-0001"]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_worked_out_by_another_way(seed: int) -> None:
    records = [record(run) for run in drawn(seed, 200)]
    made = sla(records, MONTH, 0.9)
    seen = 0
    for one in made.alerts:
        expected = worked_out(records, one)
        seen += len(expected.outcomes)
        assert (one.met, one.tried, one.inconclusive) == expected.counts
        assert one.at_least == pytest.approx(low(one.met, one.tried), abs=1e-6)
        assert one.at_most == pytest.approx(
            1 - low(one.tried - one.met, one.tried) if one.tried else 1.0, abs=1e-6
        )
        assert one.worst == expected.at_rank(1.0)
        assert one.median == expected.at_rank(0.5)
        assert one.more == more(one.met, one.tried, 0.9)
    assert seen == sum(len(run.attempts) for run in records if MONTH.has(run.epoch))
    assert made.budget.tried == sum(one.tried for one in made.alerts)
    assert len(made.shortfalls) == made.budget.missed


class worked_out:  # noqa: N801  reads as a function
    """What a reader with the records and a pencil would find."""

    def __init__(self, records: Sequence[RunRecord], one: Attained) -> None:
        attempts = [
            attempt
            for run in records
            if NOVEMBER <= run.epoch < NOVEMBER + 30 * DAY and run.environment == one.environment
            for attempt in run.attempts
            if (attempt.alert, attempt.limit, attempt.rule) == (one.alert, one.limit, one.rule)
        ]
        self.outcomes = [attempt.outcome for attempt in attempts]
        took = [attempt.latency for attempt in attempts if attempt.outcome != "inconclusive"]
        self._took = sorted(math.inf if one is None else one for one in took)

    @property
    def counts(self) -> tuple[int, int, int]:
        met, breached, unsure = (self.outcomes.count(one) for one in ("met", "breached", "inconclusive"))
        return met, met + breached, unsure

    def at_rank(self, share: float) -> float | str | None:
        if not self._took:
            return None
        found = self._took[math.ceil(share * len(self._took)) - 1]
        return "never" if math.isinf(found) else found


def low(met: int, tried: int) -> float:
    """The rate at which `met` or more of `tried` has a probability of 5 %: by trial, from the definition."""
    if met == 0:
        return 0.0
    below, above = 0.0, 1.0
    while above - below > 1e-9:
        rate = (below + above) / 2
        tail = sum(comb(tried, k) * rate**k * (1 - rate) ** (tried - k) for k in range(met, tried + 1))
        below, above = (rate, above) if tail < 0.05 else (below, rate)
    return below


def more(met: int, tried: int, objective: float) -> int:
    return next(extra for extra in range(1000) if low(met + extra, tried + extra) >= objective - 1e-8)


def test_the_draw_has_everything_that_is_told_apart() -> None:
    records = [record(run) for run in drawn(0, 200)]
    attempts = [attempt for run in records for attempt in run.attempts]
    assert {attempt.alert for attempt in attempts} == set(ALERTS)
    assert {attempt.outcome for attempt in attempts} == {"met", "breached", "inconclusive"}
    assert any(attempt.outcome == "breached" and attempt.latency is None for attempt in attempts)
