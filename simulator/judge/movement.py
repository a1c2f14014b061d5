"""Whether a panel moved: a pure function of its samples. Used by gates (live) and by the verdict (later).

A series moved when it left its baseline by at least 30 %, by more than 4 MAD (median absolute deviation),
and by an absolute minimum in the panel's own unit, in two fresh samples in a row.
"""

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from simulator.base.values import Value
from simulator.journal.facts import AnyFact, FaultRequested, FaultUndone, PanelSampled
from simulator.plan.models import Movement

BASELINE_SAMPLES = 15
BASELINE_MOST = 30
"""A minute of samples at a 2 s scrape: more would remember what normal was, not what it is."""
RELATIVE = 0.30
_RELATIVE: dict[str, float] = {"currencyUSD": 0.50}
"""Where 30 % is chance: a few large baskets make most of the revenue."""
MADS = 4.0
IN_A_ROW = 2
STAYS_IN_A_ROW = 5
"""For a panel that must stay: samples 8 s apart share no event (the window is 8 s), so this is twice by chance.

An hour holds 1,800 samples of a hundred series: two in a row would call chance a movement.
"""
_ABSOLUTE: dict[str, float] = {
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
}
"""The least movement worth a look, by Grafana unit.

Seconds are half of what HighResponseTime pages at: on a busy machine p99 swung from 0.04 to 0.22 s (measured).
Percent is Locust's CPU, in points of a core: three times the traffic took it from 7 to 16 (measured once, on one
machine). How far busy neighbours move it in an hour has not been measured.
"""

_COUNTED: dict[str, float] = {"cps": 1.0, "reqps": 1.0, "cpm": 60.0}
"""Units that count events, and what a second's event is in them."""
_COUNTED_OVER = 8.0
"""Seconds: $__rate_interval at a scrape of 2 s. So many seconds of n events a second differ by sqrt(n x 8) by chance
alone (Poisson): 4.5 logins and tokens a second swung by 2.7 in a quiet minute, where four deviations are 3.0.
"""


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


def band(values: Sequence[float], unit: str) -> Band:
    """The band of a series from its baseline values (at least one)."""
    median = statistics.median(values)
    mad = statistics.median(abs(value - median) for value in values)
    relative = _RELATIVE.get(unit, RELATIVE)
    least = (relative * abs(median), MADS * mad, _ABSOLUTE.get(unit, 0.0), MADS * _by_chance(median, unit))
    return Band(median=median, width=max(least))


def _by_chance(median: float, unit: str) -> float:
    """One standard deviation of a count of independent events, in the panel's unit; 0 for what is no count."""
    one = _COUNTED.get(unit, 0.0)
    return one * math.sqrt(max(0.0, median / one) / _COUNTED_OVER) if one else 0.0


class Disturbed(NamedTuple):
    """When something was done that panels show for a while; in run seconds."""

    began: float
    ended: float

    def shows_at(self, moment: float, settles: float) -> bool:
        """Whether a panel may show it, given the seconds that the panel takes to forget."""
        return self.began <= moment <= self.ended + settles


def disturbed(facts: Sequence[AnyFact]) -> list[Disturbed]:
    """Every fault among the facts, from its request to its undo, and all that was before the first fact.

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
    return [Disturbed(float("-inf"), fact.at) for fact in facts[:1]] + faults


def undisturbed(
    samples: Iterable[PanelSampled], disturbances: Sequence[Disturbed], settles: float
) -> Iterator[PanelSampled]:
    """The samples of a panel that show nothing but normal traffic, given how long the panel takes to settle."""
    for sample in samples:
        if not any(disturbance.shows_at(sample.at, settles) for disturbance in disturbances):
            yield sample


def baseline_bands(samples: Sequence[PanelSampled], unit: str) -> dict[str, Band]:
    """A band for every series that was there in most of the baseline."""
    by_series: dict[str, list[float]] = {}
    for sample in samples:
        for series, value in sample.values.items():
            by_series.setdefault(series, []).append(value)
    return {
        series: band(values, unit) for series, values in by_series.items() if 2 * len(values) >= len(samples)
    }


def find_movement(
    bands: dict[str, Band],
    samples: Sequence[PanelSampled],
    wanted: Movement,
    series: str = "",
) -> Moved | None:
    """The first movement of the wanted kind (`change`: of either direction) in samples after the baseline.

    With `series`, only that series counts, else the one that moved first. A series without a baseline is not news.
    """
    names = [series] if series else sorted(bands)
    if wanted == "disappear":
        return _disappearance(names, samples)
    found = [_movement(name, bands[name], samples, wanted, IN_A_ROW) for name in names if name in bands]
    return min((moved for moved in found if moved is not None), key=lambda moved: moved.at, default=None)


def find_unrest(
    bands: dict[str, Band], samples: Sequence[PanelSampled], unit: str, series: str = ""
) -> Moved | None:
    """The first thing that a panel which must stay did instead, for `STAYS_IN_A_ROW` samples.

    A series (any, or the one named) left its band, or went, or came from nowhere: then it was 0 before.
    """
    there = {*bands, *(name for sample in samples for name in sample.values)}
    names = [series] if series else sorted(there)
    nothing = band([0.0], unit)
    found = [
        _movement(name, bands.get(name, nothing), samples, "change", STAYS_IN_A_ROW) for name in names
    ] + [_disappearance([name], samples, STAYS_IN_A_ROW) for name in names if name in bands]
    return min((moved for moved in found if moved is not None), key=lambda moved: moved.at, default=None)


def _movement(
    name: str, normal: Band, samples: Sequence[PanelSampled], wanted: Movement, in_a_row: int
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


def find_return(bands: dict[str, Band], samples: Sequence[PanelSampled], series: str = "") -> float | None:
    """When every series (or the one named) was back in its band, in two fresh samples in a row."""
    names = [series] if series in bands else sorted(bands)
    run = 0
    for index, sample in enumerate(samples):
        normal = all(
            name in sample.values and bands[name].says(sample.values[name]) == "stay" for name in names
        )
        run = run + 1 if normal else 0
        if run == IN_A_ROW:
            return samples[index - IN_A_ROW + 1].at
    return None


def _disappearance(
    names: Sequence[str], samples: Sequence[PanelSampled], in_a_row: int = IN_A_ROW
) -> Moved | None:
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


def _before(samples: Sequence[PanelSampled], index: int) -> float:
    """When the panel was looked at last before that sample, and it had not happened yet."""
    return samples[max(0, index - 1)].at
