import itertools
import math
import random
import statistics
from collections.abc import Iterator

import pytest

from simulator.load.arrivals import Arrival, Line, Stream, even_gaps, poisson_gaps
from simulator.load.shapes import (
    DAY_SECONDS,
    NIGHT_FACTOR,
    RAMP_SECONDS,
    SHAPES,
    SPIKE_AFTER,
    SPIKE_FACTOR,
    SPIKE_HOLD,
    SPIKE_RISE,
)


def unit_gaps() -> Iterator[float]:
    return itertools.repeat(1.0)


def starts_of(stream: Stream, rate: float, until: float, step: float) -> list[float]:
    times = [index * step for index in range(1, int(until / step) + 1)]
    return [start for now in times for start in stream.advance(now, rate)]


def test_a_start_falls_where_the_integral_of_the_rate_reaches_the_gap() -> None:
    stream = Stream(unit_gaps(), start=0.0)
    assert stream.advance(1.0, rate=0.5) == []
    assert stream.advance(2.0, rate=2.0) == [1.25, 1.75]


def test_how_often_it_is_asked_does_not_change_the_starts() -> None:
    fine = starts_of(Stream(poisson_gaps(random.Random(7)), 0.0), 5.0, 40.0, 0.01)
    coarse = starts_of(Stream(poisson_gaps(random.Random(7)), 0.0), 5.0, 40.0, 2.0)
    assert fine == pytest.approx(coarse)


def test_nothing_starts_while_the_rate_is_zero_and_the_rest_of_the_gap_is_kept() -> None:
    stream = Stream(unit_gaps(), start=0.0)
    stream.advance(0.5, rate=1.0)
    assert stream.advance(100.0, rate=0.0) == []
    assert stream.next_start(0.0) == math.inf
    assert stream.next_start(1.0) == 100.5


def test_poisson_arrivals_have_the_rate_and_the_spread_of_a_poisson_process() -> None:
    starts = starts_of(Stream(poisson_gaps(random.Random(1)), 0.0), 20.0, 1000.0, 0.05)
    per_second = [0] * 1001
    for start in starts:
        per_second[int(start)] += 1
    assert statistics.mean(per_second[:1000]) == pytest.approx(20.0, rel=0.05)
    assert 0.8 < statistics.pvariance(per_second[:1000]) / 20.0 < 1.2


def test_a_trickle_never_bunches() -> None:
    starts = starts_of(Stream(even_gaps(random.Random(3)), 0.0), 0.5 / 60, 7200.0, 1.0)
    assert len(starts) == pytest.approx(60, abs=3)
    assert min(later - sooner for sooner, later in itertools.pairwise(starts)) >= 0.8 * 120 - 0.001


def test_an_arrival_waits_for_a_free_user_and_starts_late() -> None:
    line = Line(patience=5.0)
    line.join(Arrival(10.0))
    line.join(Arrival(11.0))
    assert line.take(now=14.0) == Arrival(10.0)
    assert line.take(now=14.0) == Arrival(11.0)
    assert line.take(now=14.0) is None
    assert line.forget_dropped() == 0


def test_an_arrival_that_waits_longer_than_its_patience_is_dropped_and_counted_once() -> None:
    line = Line(patience=5.0)
    line.join(Arrival(10.0))
    line.join(Arrival(14.0))
    assert line.take(now=15.1) == Arrival(14.0)
    assert (line.forget_dropped(), line.forget_dropped()) == (1, 0)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_is_never_negative(name: str) -> None:
    assert all(SHAPES[name](second / 2) >= 0 for second in range(4000))


def test_shapes_reach_what_they_promise() -> None:
    assert SHAPES["steady"](1e6) == 1.0
    assert SHAPES["ramp"](RAMP_SECONDS / 2) == 0.5
    assert SHAPES["ramp"](RAMP_SECONDS * 9) == 1.0
    assert SHAPES["spike"](SPIKE_AFTER + SPIKE_RISE + SPIKE_HOLD / 2) == SPIKE_FACTOR
    assert SHAPES["spike"](SPIKE_AFTER + 2 * SPIKE_RISE + SPIKE_HOLD + 1) == 1.0
    assert SHAPES["diurnal"](0.0) == pytest.approx(NIGHT_FACTOR)
    assert SHAPES["diurnal"](DAY_SECONDS / 2) == pytest.approx(1.0)
