"""What so many pages of so many prove: the figures that everybody can look up, and the definition by another way."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.history.bounds import CONFIDENCE, at_least, at_most, chance_of_worse, more_needed, proves

SLACK = 1e-9


def as_many_or_more(k: int, n: int, rate: float) -> float:
    """P(X >= k) in whole fractions, which lose nothing."""
    p = Fraction(rate)
    return float(sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1)), Fraction(0)))


@pytest.mark.parametrize(
    ("met", "tried", "low"), [(8, 8, 0.688), (20, 20, 0.861), (59, 59, 0.950), (3, 9, 0.098), (0, 5, 0.0)]
)
def test_the_lower_bound_is_that_of_the_tables(met: int, tried: int, low: float) -> None:
    assert at_least(met, tried) == pytest.approx(low, abs=0.0006)


def test_what_was_never_tried_proves_nothing() -> None:
    assert (at_least(0, 0), at_most(0, 0)) == (0.0, 1.0)


counts = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_at_the_bound_so_good_a_result_is_just_improbable(count: tuple[int, int]) -> None:
    met, tried = count
    low = at_least(met, tried)
    if met:
        assert (
            as_many_or_more(met, tried, low - SLACK)
            <= 1 - CONFIDENCE
            <= as_many_or_more(met, tried, low + SLACK)
        )
    assert at_most(met, tried) == pytest.approx(1 - at_least(tried - met, tried))
    assert 0 <= low <= met / tried <= at_most(met, tried) <= 1


@given(counts, st.floats(0.01, 0.99))
def test_a_share_is_proven_where_the_bound_reaches_it(count: tuple[int, int], share: float) -> None:
    low = at_least(*count)
    assert proves(*count, share) is (low >= share)
    assert proves(*count, 0.01 + low) is False
    assert low < SLACK or proves(*count, low - SLACK)


@given(counts, st.sampled_from([0.5, 0.9, 0.95]))
def test_more_is_enough_and_one_less_is_not(count: tuple[int, int], objective: float) -> None:
    met, tried = count
    more = more_needed(met, tried, objective)
    assert more is not None
    assert at_least(met + more, tried + more) >= objective
    assert more == 0 or at_least(met + more - 1, tried + more - 1) < objective


def test_59_of_59_attain_95_percent_and_20_of_20_need_39_more() -> None:
    assert (more_needed(59, 59, 0.95), more_needed(58, 58, 0.95), more_needed(20, 20, 0.95)) == (0, 1, 39)


def test_what_nobody_can_wait_for_is_told_apart() -> None:
    assert more_needed(0, 50_000, 0.95) is None


@pytest.mark.parametrize(
    ("before", "after", "chance"),
    [((8, 8), (0, 1), 1 / 9), ((20, 20), (0, 3), 1 / 1771), ((3, 4), (1, 4), 17 / 70), ((1, 2), (2, 2), 1.0)],
)
def test_fishers_exact_test(before: tuple[int, int], after: tuple[int, int], chance: float) -> None:
    assert chance_of_worse(before, after) == pytest.approx(chance)
