"""A run against the last ones of its kind: only what is alike, and real only where chance does not explain it."""

import math
from collections.abc import Sequence

import pytest

from simulator.history.earlier import MOST_RUNS, against, earlier, other_rule
from simulator.history.record import record
from simulator.judge.verdict import RunVerdict
from simulator.report import formats
from simulator.report.against import heading, lines
from tests.history.many import RULES, alert_of, run_of
from tests.history.test_sla import MISSED, UNSURE


def took(latency: float, rule: str = RULES[0]) -> RunVerdict:
    return run_of(0, (alert_of("Down", "met", latency, rule=rule),))


def after(earlier_: Sequence[RunVerdict], now: RunVerdict) -> RunVerdict:
    """The run with what it would have known of those before it."""
    records = [record(one) for one in earlier_]
    return now.model_copy(update={"earlier": earlier(records, now.game_day, now.environment)})


def test_of_the_first_of_its_kind_nothing_is_said() -> None:
    assert heading(after([], took(9.0))) == ""
    assert lines(after([], took(9.0))) == []
    assert heading(took(9.0)) == ""


def test_only_the_same_game_day_and_environment_count_and_the_latest() -> None:
    others = [
        took(1.0).model_copy(update={"environment": "other"}),
        took(1.0).model_copy(update={"game_day": "x"}),
    ]
    alike = [took(5.0 + number / 100) for number in range(MOST_RUNS + 5)]
    (one,) = against(after([*others, *alike], took(5.0)))
    assert one.times == MOST_RUNS
    assert one.before == pytest.approx(5.05 + MOST_RUNS / 200, abs=0.02)


@pytest.mark.parametrize(("before", "real"), [(38, False), (39, True)])
def test_a_single_page_is_slower_for_real_only_against_many(before: int, *, real: bool) -> None:
    # Slower than all of m: once in (m + 1), and so is faster than all.
    (one,) = against(after([took(5.0 + number / 100) for number in range(before)], took(20.0)))
    assert one.chance == (pytest.approx(2 / (before + 1)) if real else None)
    assert one.is_real is real


def test_a_page_that_is_missed_is_slower_than_all() -> None:
    (one,) = against(after([took(5.0)] * 40, run_of(0, (MISSED,))))
    assert (one.now, one.is_real) == (math.inf, True)
    assert "did not come" in lines(after([took(5.0)] * 40, run_of(0, (MISSED,))))[0]


def test_repeats_are_held_against_repeats() -> None:
    alerts = tuple(alert_of("Down", "met", 15.0 + number / 10) for number in range(8))
    earlier_ = [took(5.0 + number / 10) for number in range(10)]
    (one,) = against(after(earlier_, run_of(0, alerts)))
    assert one.is_real
    (few,) = against(after(earlier_[:7], run_of(0, alerts)))
    assert few.chance is None


def test_what_is_inconclusive_is_not_compared() -> None:
    assert against(after([took(5.0)], run_of(0, (UNSURE,)))) == ()
    assert against(after([run_of(0, (UNSURE,))], took(5.0))) == ()


def test_under_another_rule_it_is_another_alert() -> None:
    verdict = after([took(5.0)] * 40, took(20.0, RULES[1]))
    assert against(verdict) == ()
    assert other_rule(verdict) == ("Down",)
    assert lines(verdict) == ["Not held against them, as the rule is another one now: Down"]


def test_with_many_alerts_chance_has_to_be_smaller() -> None:
    many = [
        run_of(0, tuple(alert_of(f"A{alert}", "met", 5.0 + number / 100) for alert in range(10)))
        for number in range(40)
    ]
    now = run_of(0, tuple(alert_of(f"A{alert}", "met", 20.0) for alert in range(10)))
    compared = against(after(many, now))
    assert len(compared) == 10
    assert not any(one.is_real for one in compared)
    assert lines(after(many, now))[0] == "Too few runs to tell a difference from chance."


def test_what_could_be_told_and_is_not_is_said_to_be_chance() -> None:
    assert lines(after([took(5.0 + number / 100) for number in range(40)], took(5.2)))[0] == (
        "Nothing got slower or faster beyond chance."
    )


@pytest.mark.parametrize("name", sorted({*formats()} - {"junit", "openmetrics", "json"}))
def test_every_format_for_people_says_so(name: str) -> None:
    shown = formats()[name].render(after([took(5.0)] * 40, took(20.0))).decode()
    told = " ".join(shown.replace("\\", "").split())
    assert "Against the last 40 runs of test on staging" in told
    assert "Down in db-killed took 20.0 s, 15.0 s slower" in told
