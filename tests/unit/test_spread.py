"""Percentiles of repeats with honest intervals, and differences that are told from chance."""

import random

import pytest

from simulator.history.spread import TOTAL, by_chance, compare, only_in, spreads, within
from simulator.judge.verdict import RunVerdict
from tests.fakes.journals import judged, met_journal


def run(*latencies: float, alert: int = 0) -> RunVerdict:
    """A run that repeated one experiment, with these latencies of its first alert."""
    verdict, experiment = judged(met_journal())
    repeats = [
        experiment.model_copy(
            update={
                "alerts": (experiment.alerts[alert].model_copy(update={"latency": latency, "stages": ()}),)
            }
        )
        for latency in latencies
    ]
    return verdict.model_copy(update={"experiments": tuple(repeats)})


@pytest.mark.parametrize(
    ("percent", "count", "expected"),
    [
        # The classic table of order statistics for the median.
        (50, 5, (None, None)),
        (50, 6, (1, 6)),
        (50, 10, (2, 9)),
        (50, 20, (6, 15)),
        (95, 20, (17, None)),
        (95, 59, (52, None)),
        (95, 100, (90, 100)),
    ],
)
def test_the_interval_of_a_percentile_is_binomial(
    percent: int, count: int, expected: tuple[int | None, int | None]
) -> None:
    assert within(percent, count) == expected


def test_the_interval_holds_the_true_median_as_often_as_it_says() -> None:
    chance = random.Random(7)
    held = 0
    for _ in range(400):
        sample = sorted(chance.expovariate(1.0) for _ in range(20))
        low, high = within(50, 20)
        assert low is not None
        assert high is not None
        held += sample[low - 1] <= 0.6931 <= sample[high - 1]
    assert held >= 0.93 * 400


def test_a_spread_is_of_what_was_measured() -> None:
    (spread,) = spreads([run(5.0, 7.0, 6.0, 9.0, 5.5, 6.5)])
    assert (spread.alert, spread.stage, spread.count) == ("Down", TOTAL, 6)
    assert (spread.least, spread.median, spread.p95, spread.most) == (5.0, 6.0, 9.0, 9.0)
    assert (spread.median_within.low, spread.median_within.high) == (5.0, 9.0)
    assert spread.p95_within.high is None


def test_once_is_no_spread() -> None:
    assert spreads([run(5.0)]) == ()


def test_another_experiments_alert_is_another() -> None:
    here, there = run(5.0), run(6.0)
    other = there.experiments[0].model_copy(update={"name": "other"})
    both = here.model_copy(update={"experiments": (*here.experiments, other)})
    assert spreads([both]) == ()
    assert compare(here, there.model_copy(update={"experiments": (other,)})) == ()


def test_what_only_one_run_measured_has_its_name() -> None:
    here, empty = run(5.0), run()
    alert = here.experiments[0].alerts[0].alert
    assert only_in(here, empty) == [(here.experiments[0].name, alert)]
    assert only_in(empty, here) == only_in(here, here) == []


def test_what_never_came_is_counted() -> None:
    three = run(5.0, 6.0, 7.0)
    gone = three.experiments[2].alerts[0].model_copy(update={"outcome": "breached", "latency": None})
    last = three.experiments[2].model_copy(update={"alerts": (gone,)})
    (spread,) = spreads([three.model_copy(update={"experiments": (*three.experiments[:2], last)})])
    assert (spread.count, spread.missed) == (2, 1)


def test_what_is_inconclusive_is_left_out() -> None:
    one = run(5.0, 6.0)
    alerts = tuple(
        alert.model_copy(update={"outcome": "inconclusive"}) for alert in one.experiments[1].alerts
    )
    doubtful = one.experiments[1].model_copy(update={"alerts": alerts})
    assert spreads([one.model_copy(update={"experiments": (one.experiments[0], doubtful)})]) == ()


def test_a_difference_that_is_real_is_called_so() -> None:
    fast = [5 + 0.1 * number for number in range(12)]
    (slower,) = compare(run(*fast), run(*(latency + 3 for latency in fast)))
    assert slower.is_real
    assert slower.shift == pytest.approx(3.0)
    (faster,) = compare(run(*(latency + 3 for latency in fast)), run(*fast))
    assert faster.is_real
    assert faster.shift == pytest.approx(-3.0)


def test_a_difference_by_chance_is_not() -> None:
    chance = random.Random(3)
    calls = sum(
        compare(run(*(chance.gauss(6, 1) for _ in range(12))), run(*(chance.gauss(6, 1) for _ in range(12))))[
            0
        ].is_real
        for _ in range(200)
    )
    assert calls <= 20


def test_with_few_repeats_nothing_is_called() -> None:
    (one,) = compare(run(1.0, 2.0), run(100.0, 200.0))
    assert one.chance is None
    assert not one.is_real


def test_ties_and_equals_are_no_difference() -> None:
    assert by_chance([4.0] * 10, [4.0] * 10) == 1.0
    assert by_chance([4.0, 4.0, 5.0, 5.0] * 3, [4.0, 4.0, 5.0, 5.0] * 3) > 0.9


def test_the_rank_sum_test_agrees_with_the_textbook() -> None:
    """Mann and Whitney's own kind of example: no overlap at all among 8 and 8 (exact: 2 / C(16, 8) = 0.000155)."""
    assert by_chance(list(range(8)), list(range(8, 16))) == pytest.approx(0.00093, abs=0.0002)
