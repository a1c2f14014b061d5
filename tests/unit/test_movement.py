"""When a panel has moved: by a third, by more than its noise, by enough to matter, and twice in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.journal.facts import AnyFact, FaultRequested, FaultUndone, RunStarted
from simulator.journal.fitness import LoopLag
from simulator.judge.movement import (
    band,
    baseline_bands,
    disturbed,
    find_movement,
    find_return,
    find_unrest,
    undisturbed,
)
from simulator.judge.samples import Sample
from simulator.plan.models import Movement
from simulator.plan.policy import TODAY
from tests.fakes.journals import at

POLICY = TODAY.panels


def samples(*values: float | None, start: float = 0.0) -> list[Sample]:
    return [
        Sample(start + 2.0 * index, {} if value is None else {"s": value})
        for index, value in enumerate(values)
    ]


NORMAL = baseline_bands(samples(*[10.0] * 15), "short", POLICY)


@pytest.mark.parametrize(
    ("unit", "values", "width"),
    [
        ("short", [10.0] * 15, 5.0),
        ("short", [100.0] * 15, 30.0),
        ("short", [100.0, 120.0, 80.0] * 5, 80.0),
        ("percentunit", [0.0] * 15, 0.05),
        ("of no known kind", [0.0] * 15, 0.0),
        ("currencyUSD", [100.0] * 15, 50.0),
        # Four deviations of a count over 8 s: 4 x sqrt(8 / 8) and, a minute, 4 x 60 x sqrt(120 / 60 / 8).
        ("cps", [8.0] * 15, 4.0),
        ("cps", [0.0] * 15, 1.0),
        ("cpm", [120.0] * 15, 120.0),
        ("reqps", [200.0] * 15, 60.0),
        ("reqps", [8.0] * 15, 5.0),
    ],
)
def test_the_widest_width_counts(unit: str, values: list[float], width: float) -> None:
    assert band(values, unit, POLICY).width == pytest.approx(width)


@pytest.mark.parametrize(
    ("wanted", "values", "moved"),
    [
        ("up", [10, 20, 20], 2.0),
        ("up", [10, 20, 10, 20], None),
        ("up", [2, 2, 2], None),
        ("down", [10, 2, 2], 2.0),
        ("change", [2, 20], 0.0),
        ("disappear", [10, None, None], 2.0),
        ("disappear", [10, None, 10, None], None),
        ("up", [None, None, None], None),
    ],
)
def test_movement_is_dated_at_its_first_sample(
    wanted: Movement, values: list[float | None], moved: float | None
) -> None:
    found = find_movement(NORMAL, samples(*values), wanted, POLICY)
    assert (found.at if found else None) == moved


def test_what_must_stay_moves_only_when_it_stays_away() -> None:
    for_a_moment, away = [10.0, 20, 20, 20, 20, 10, 20, 20], [10.0, 20, 20, 20, 20, 20]
    assert find_unrest(NORMAL, samples(*for_a_moment), "short", POLICY) is None
    moved = find_unrest(NORMAL, samples(*away), "short", POLICY)
    assert moved is not None
    assert (moved.since, moved.at) == (0.0, 2.0)


@pytest.mark.parametrize(
    ("drawn", "unrest"),
    [
        ({"s": 10.0, "new": 4.0}, None),  # a series from nowhere, within what is worth a look
        ({"s": 10.0, "new": 500.0}, ("new", "up")),
        ({"new": 4.0}, ("s", "disappear")),  # others are still there
        ({}, ("s", "disappear")),
    ],
)
def test_a_series_that_goes_or_comes_is_unrest(
    drawn: dict[str, float], unrest: tuple[str, str] | None
) -> None:
    seen = [Sample(2.0 * index, drawn) for index in range(POLICY.in_a_row_to_stay)]
    moved = find_unrest(NORMAL, seen, "short", POLICY)
    assert (None if moved is None else (moved.series, moved.movement)) == unrest
    assert find_unrest(NORMAL, seen[1:], "short", POLICY) is None


def test_a_return_needs_two_samples_in_the_band() -> None:
    assert find_return(NORMAL, samples(20, 10, 20, 10, 10), POLICY, "s") == 6.0
    assert find_return(NORMAL, samples(20, None, 10), POLICY, "s") is None


def left(facts: list[AnyFact], settles: float = 12.0) -> list[float]:
    """When the samples were taken that show nothing but normal traffic, of 50 samples 2 s apart."""
    return [
        sample.at
        for sample in undisturbed(
            samples(*[1.0] * 50), disturbed(facts, facts[0].at if facts else None), settles
        )
    ]


def test_what_a_fault_disturbed_does_not_say_what_is_normal() -> None:
    facts = [
        at(RunStarted(epoch=1.0), -60.0),
        at(FaultRequested(fault="f", id="1"), 10.0),
        at(FaultUndone(fault="f", id="1", requested=19, confirmed=True, observed=""), 20.0),
        at(FaultRequested(fault="f", id="2"), 60.0),
    ]
    assert left(facts) == [*range(0, 10, 2), *range(34, 60, 2)]
    assert left(facts, settles=30.0) == [*range(0, 10, 2), *range(52, 60, 2)]


def test_facts_that_begin_in_the_midst_of_a_fault_are_disturbed_from_the_start() -> None:
    facts = [at(FaultUndone(fault="f", id="1", requested=19, confirmed=True, observed=""), 20.0)]
    assert left(facts) == [*range(34, 100, 2)]


def test_what_was_before_the_first_fact_may_have_been_a_fault() -> None:
    assert left([at(LoopLag(seconds=0.0), 20.0)], settles=30.0) == [*range(52, 100, 2)]


def test_before_traffic_has_filled_a_panels_window_nothing_is_normal() -> None:
    assert left([at(RunStarted(epoch=1.0), 1.0)], settles=49.0) == [*range(52, 100, 2)]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.sampled_from(["short", "s", "bytes"]))
def test_the_middle_of_a_baseline_never_counts_as_moved(values: list[float], unit: str) -> None:
    normal = band(values, unit, POLICY)
    assert normal.says(normal.median) == "stay"
