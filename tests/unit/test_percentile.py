"""One definition of a percentile, checked against values that are known."""

import ast
import random
from collections import Counter

import pytest

from simulator.base.percentile import counted, percentile, rank
from tests.checkout import ROOT


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1), (5, 5), (50, 50), (55, 55), (95, 95), (99, 99), (100, 100)]
)
def test_of_one_to_a_hundred_it_is_the_percent_itself(percent: int, expected: int) -> None:
    values = list(range(1, 101))
    random.Random(3).shuffle(values)
    assert percentile(percent, values) == expected
    assert counted(percent, Counter(values)) == expected


@pytest.mark.parametrize(
    ("percent", "expected"), [(5, 15), (30, 20), (40, 20), (50, 35), (95, 50), (99, 50), (100, 50)]
)
def test_the_textbook_example(percent: int, expected: int) -> None:
    assert percentile(percent, [50, 15, 40, 20, 35]) == expected


@pytest.mark.parametrize("count", range(1, 201))
def test_at_least_the_percent_is_no_greater_and_no_smaller_value_will_do(count: int) -> None:
    for percent in range(1, 101):
        at = rank(percent, count)
        assert at * 100 >= percent * count
        assert (at - 1) * 100 < percent * count


def test_counting_values_changes_nothing() -> None:
    chance = random.Random(11)
    values = [int(chance.expovariate(0.01)) for _ in range(997)]
    for percent in range(1, 101):
        assert counted(percent, Counter(values)) == percentile(percent, values)


def test_there_is_none_of_nothing() -> None:
    with pytest.raises(ValueError, match="of no values"):
        percentile(99, [])
    with pytest.raises(ValueError, match="of no values"):
        counted(99, {})


def test_nobody_has_another_percentile() -> None:
    """Two definitions differ by a rank, which at p95 under a stall was half a second."""
    others = {"quantiles", "quantile", "percentile", "get_response_time_percentile"}
    found = {
        str(path.relative_to(ROOT))
        for folder in ("simulator", "scenarios", "docs", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in others
    }
    assert found == set()
