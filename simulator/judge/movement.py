"""Whether a panel moved: a pure function of its samples. Used by gates (live) and by the verdict (later).

A series moved when it left its baseline by a share of its median, by so many median absolute deviations, and by a least
step in the panel's own unit, in some fresh samples in a row: how much of each is the plan's policy.
"""

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from simulator.base.values import Value
from simulator.journal.facts import AnyFact, FaultRequested, FaultUndone
from simulator.judge.samples import Sample
from simulator.plan.models import Movement
from simulator.plan.policy import Panels


class Band(Value):
    """Where a series normally is: its median, and how far from it is still normal."""

    median: float
    width: float

    def says(self, value: float) -> Movement:
        """`up`, `down` or `stay`."""
        if value > self.median + self.width:
            return "up"
        if value < self.median - self.width:
            return "down"
        return "stay"


class Moved(Value):
    """A movement that was seen: when (run seconds), and of which series."""

    at: float
    since: float
    """When it was last seen not to have: it happened somewhere between the two."""
    series: str
    movement: Movement
    value: float | None


def band(values: Sequence[float], unit: str, policy: Panels) -> Band:
    """The band of a series from its baseline values (at least one)."""
    median = statistics.median(values)
    mad = statistics.median(abs(value - median) for value in values)
    return Band(
        median=median,
        width=max(
            policy.relative_by_unit.get(unit, policy.relative) * abs(median),
            policy.deviations * mad,
            policy.least_step.get(unit, 0.0),
            policy.deviations * _by_chance(median, unit, policy),
        ),
    )


def _by_chance(median: float, unit: str, policy: Panels) -> float:
    """One standard deviation of a count of independent events, in the panel's unit; 0 for what is no count."""
    one = policy.counted_in.get(unit, 0.0)
    return one * math.sqrt(max(0.0, median / one) / policy.counted_over) if one else 0.0


class Disturbed(NamedTuple):
    """When something was done that panels show for a while; in run seconds."""

    began: float
    ended: float

    def shows_at(self, moment: float, settles: float) -> bool:
        """Whether a panel may show it, given the seconds that the panel takes to forget."""
        return self.began <= moment <= self.ended + settles


def disturbed(facts: Iterable[AnyFact], since: float | None) -> list[Disturbed]:
    """Every fault among the facts, from its request to its undo, and all that was before anything is known.

    Before a run there was no traffic; and before facts that begin in its midst there may have been a fault.
    """
    began: dict[str, float] = {}
    ended: dict[str, float] = {}
    for fact in facts:
        if isinstance(fact, FaultRequested):
            began[fact.id] = fact.at
        elif isinstance(fact, FaultUndone):
            ended[fact.id] = fact.at
    faults = [
        Disturbed(began.get(id_, float("-inf")), ended.get(id_, float("inf")))
        for id_ in dict.fromkeys((*began, *ended))
    ]
    return faults if since is None else [Disturbed(float("-inf"), since), *faults]


def undisturbed(
    samples: Iterable[Sample], disturbances: Sequence[Disturbed], settles: float
) -> Iterator[Sample]:
    """The samples of a panel that show nothing but normal traffic, given how long the panel takes to settle."""
    for sample in samples:
        if not any(disturbance.shows_at(sample.at, settles) for disturbance in disturbances):
            yield sample


def baseline_bands(samples: Sequence[Sample], unit: str, policy: Panels) -> dict[str, Band]:
    """A band for every series that was there in most of the baseline."""
    by_series: dict[str, list[float]] = {}
    for sample in samples:
        for series, value in sample.values.items():
            by_series.setdefault(series, []).append(value)
    return {
        series: band(values, unit, policy)
        for series, values in by_series.items()
        if 2 * len(values) >= len(samples)
    }


def find_movement(
    bands: dict[str, Band],
    samples: Sequence[Sample],
    wanted: Movement,
    policy: Panels,
    series: str = "",
) -> Moved | None:
    """The first movement of the wanted kind (`change`: of either direction) in samples after the baseline.

    With `series`, only that series counts, else the one that moved first. A series without a baseline is not news.
    """
    names = [series] if series else sorted(bands)
    if wanted == "disappear":
        return _disappearance(names, samples, policy.in_a_row)
    found = [
        _movement(name, bands[name], samples, wanted, policy.in_a_row) for name in names if name in bands
    ]
    return min((moved for moved in found if moved is not None), key=lambda moved: moved.at, default=None)


def find_unrest(
    bands: dict[str, Band], samples: Sequence[Sample], unit: str, policy: Panels, series: str = ""
) -> Moved | None:
    """The first thing that a panel which must stay did instead, for as many samples as that takes.

    A series (any, or the one named) left its band, or went, or came from nowhere: then it was 0 before.
    """
    there = {*bands, *(name for sample in samples for name in sample.values)}
    names = [series] if series else sorted(there)
    nothing = band([0.0], unit, policy)
    long = policy.in_a_row_to_stay
    found = [_movement(name, bands.get(name, nothing), samples, "change", long) for name in names] + [
        _disappearance([name], samples, long) for name in names if name in bands
    ]
    return min((moved for moved in found if moved is not None), key=lambda moved: moved.at, default=None)


def _movement(
    name: str, normal: Band, samples: Sequence[Sample], wanted: Movement, in_a_row: int
) -> Moved | None:
    run = 0
    for index, sample in enumerate(samples):
        value = sample.values.get(name)
        says = normal.says(value) if value is not None else "stay"
        moved = says != "stay" if wanted == "change" else says == wanted
        run = run + 1 if moved else 0
        if run == in_a_row:
            first = index - in_a_row + 1
            return Moved(
                at=samples[first].at, since=_before(samples, first), series=name, movement=says, value=value
            )
    return None


def find_return(
    bands: dict[str, Band], samples: Sequence[Sample], policy: Panels, series: str = ""
) -> float | None:
    """When every series (or the one named) was back in its band, and stayed for long enough."""
    names = [series] if series in bands else sorted(bands)
    run = 0
    for index, sample in enumerate(samples):
        normal = all(
            name in sample.values and bands[name].says(sample.values[name]) == "stay" for name in names
        )
        run = run + 1 if normal else 0
        if run == policy.in_a_row:
            return samples[index - run + 1].at
    return None


def _disappearance(names: Sequence[str], samples: Sequence[Sample], in_a_row: int) -> Moved | None:
    run = 0
    for index, sample in enumerate(samples):
        run = run + 1 if not any(name in sample.values for name in names) else 0
        if run == in_a_row:
            first = index - in_a_row + 1
            return Moved(
                at=samples[first].at,
                since=_before(samples, first),
                series=", ".join(names),
                movement="disappear",
                value=None,
            )
    return None


def _before(samples: Sequence[Sample], index: int) -> float:
    """When the panel was looked at last before that sample, and it had not happened yet."""
    return samples[max(0, index - 1)].at
