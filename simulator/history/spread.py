"""How latencies spread over repeats, and whether two sets of them differ: pure functions of verdicts.

Percentiles are by nearest rank: each is a latency that was measured. Their intervals hold the true percentile with a
confidence of at least 95 %, whatever the distribution: from order statistics, whose ranks are binomial (David and
Nagaraja, Order Statistics, 3rd ed., section 7.1). Differences are tested with the rank sum test (Mann and Whitney 1947),
because latencies are anything but normal.
"""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from simulator.base.percentile import percentile
from simulator.base.values import Value
from simulator.judge.verdict import AlertVerdict, RunVerdict

CONFIDENCE = 0.95
ENOUGH_TO_COMPARE = 8
"""Repeats on either side; with fewer hardly any difference could be told from chance."""
TOTAL = "effective → notified"
UNTOLD = "effective → seen"
"""The whole chain of an alert that is not paged: inhibited, or firing while nobody can be told."""


class Range(Value):
    """Where a percentile lies, in seconds; None where so few repeats leave that side open."""

    low: float | None
    high: float | None


class Pooled(NamedTuple):
    """What is pooled: one experiment's alert, because another experiment's fault takes another way to it."""

    experiment: str
    alert: str
    """With the labels that tell it from its namesakes."""
    stage: str


class Spread(Value):
    """One stage of one alert of one experiment over its repeats; seconds."""

    experiment: str
    alert: str
    stage: str
    count: int
    missed: int
    """Repeats in which the alert never came: they have no latency, and no percentile knows of them."""
    least: float
    median: float
    median_within: Range
    p95: float
    p95_within: Range
    most: float


class Difference(Value):
    """One stage of one alert in two runs; seconds, positive where the second is slower."""

    experiment: str
    alert: str
    stage: str
    counts: tuple[int, int]
    medians: tuple[float, float]
    shift: float
    """The median of all differences between a latency of the second and one of the first (Hodges and Lehmann)."""
    chance: float | None
    """How probable a difference as large would be without any; None with too few repeats."""
    is_real: bool
    """Too improbable for chance, with as many stages compared as there are (Bonferroni)."""


def spreads(verdicts: Iterable[RunVerdict]) -> tuple[Spread, ...]:
    """Every stage of every alert that was measured twice or more, by alert; stages in the order of the chain."""
    runs = list(verdicts)
    never = missed(runs)
    return tuple(
        _spread(stage, taken, never[stage.experiment, stage.alert])
        for stage, taken in latencies(runs).items()
        if len(taken) > 1
    )


def compare(first: RunVerdict, second: RunVerdict) -> tuple[Difference, ...]:
    """Every stage that both runs measured."""
    here, there = latencies([first]), latencies([second])
    both = [key for key in here if key in there]
    return tuple(_difference(key, here[key], there[key], len(both)) for key in both)


def only_in(first: RunVerdict, second: RunVerdict) -> list[tuple[str, str]]:
    """The alerts, each with its experiment before it, that the first run measured and the second does not know of."""
    measured = {(stage.experiment, stage.alert) for stage in latencies([first])}
    known = {(stage.experiment, stage.alert) for stage in latencies([second])} | missed([second]).keys()
    return sorted(measured - known)


def other_rules(first: RunVerdict, second: RunVerdict) -> list[str]:
    """The alerts whose rule was another one in the second run; of a run that did not record its rules, none."""
    here, there = _digests(first), _digests(second)
    return sorted(alert for alert, digest in here.items() if there.get(alert, digest) != digest)


def _digests(verdict: RunVerdict) -> dict[str, list[str]]:
    digests: dict[str, list[str]] = defaultdict(list)
    seen = verdict.rule_set
    for which, digest in zip(seen.identities, seen.digests, strict=True) if seen and seen.digests else ():
        digests[str(which)].append(digest)
    return {alert: sorted(found) for alert, found in digests.items()}


def missed(verdicts: Iterable[RunVerdict]) -> Counter[tuple[str, str]]:
    """How often an alert should have come and did not, by experiment and alert."""
    return Counter(
        (experiment.name, alert.shown)
        for verdict in verdicts
        for experiment in verdict.experiments
        for alert in experiment.alerts
        if alert.expect != "quiet" and alert.outcome == "breached" and alert.latency is None
    )


def latencies(verdicts: Iterable[RunVerdict]) -> dict[Pooled, list[float]]:
    """Seconds by stage, sorted; what was inconclusive or never came is left out."""
    taken: dict[Pooled, list[float]] = defaultdict(list)
    for verdict in verdicts:
        for experiment in verdict.experiments:
            for alert in experiment.alerts:
                if alert.latency is not None and alert.outcome != "inconclusive":
                    for stage, seconds in _stages(alert, alert.latency):
                        taken[Pooled(experiment.name, alert.shown, stage)].append(seconds)
    return {key: sorted(values) for key, values in taken.items()}


def _stages(alert: AlertVerdict, latency: float) -> Iterator[tuple[str, float]]:
    for stage in alert.stages:
        yield stage.stage, stage.took
    yield TOTAL if alert.expect == "notified" else UNTOLD, latency


def within(percent: int, count: int) -> tuple[int | None, int | None]:
    """The ranks, from 1, between which the percentile lies with `CONFIDENCE`; None for a side that stays open.

    Each side is left out with half the remaining probability.
    """
    share, tail = percent / 100, (1 - CONFIDENCE) / 2
    below = [math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(count + 1)]
    low = max((k for k in range(1, count + 1) if sum(below[:k]) <= tail), default=None)
    high = min((k for k in range(1, count + 1) if sum(below[k:]) <= tail), default=None)
    return low, high


def _spread(stage: Pooled, taken: Sequence[float], never: int) -> Spread:
    return Spread(
        **stage._asdict(),
        count=len(taken),
        missed=never,
        least=taken[0],
        median=percentile(50, taken),
        median_within=_range(50, taken),
        p95=percentile(95, taken),
        p95_within=_range(95, taken),
        most=taken[-1],
    )


def _range(percent: int, taken: Sequence[float]) -> Range:
    low, high = within(percent, len(taken))
    return Range(
        low=taken[low - 1] if low is not None else None, high=taken[high - 1] if high is not None else None
    )


def _difference(stage: Pooled, first: list[float], second: list[float], compared: int) -> Difference:
    enough = min(len(first), len(second)) >= ENOUGH_TO_COMPARE
    chance = by_chance(first, second) if enough else None
    return Difference(
        **stage._asdict(),
        counts=(len(first), len(second)),
        medians=(statistics.median(first), statistics.median(second)),
        shift=statistics.median(later - earlier for later in second for earlier in first),
        chance=chance,
        is_real=chance is not None and chance < (1 - CONFIDENCE) / compared,
    )


def by_chance(first: Sequence[float], second: Sequence[float]) -> float:
    """How probable it is that two samples of one distribution differ as much in their ranks (two-sided).

    The normal approximation, with the corrections for continuity and ties.
    """
    return Ranks([*first, *second]).by_chance(len(first))


class Ranks:
    """Values with their ranks among each other, so that every way to cut them in two is compared at the price of one."""

    def __init__(self, values: Sequence[float]) -> None:
        ranked = sorted(values)
        count = len(ranked)
        ranks: dict[float, float] = {}
        ties = 0.0
        at = 0
        while at < count:
            end = at
            while end < count and ranked[end] == ranked[at]:
                end += 1
            ranks[ranked[at]] = (at + 1 + end) / 2
            ties += (end - at) ** 3 - (end - at)
            at = end
        self._count = count
        self._ties = ties
        self._sums = list(accumulate((ranks[value] for value in values), initial=0.0))

    def is_higher_behind(self, cut: int) -> bool:
        """Whether the values behind the cut rank higher, on average, than those before it."""
        return self._sums[cut] / cut < (self._sums[-1] - self._sums[cut]) / (self._count - cut)

    def by_chance(self, cut: int) -> float:
        """How probable it is that the first `cut` values differ as much from the others by chance (two-sided)."""
        count, n, m = self._count, cut, self._count - cut
        u = self._sums[cut] - n * (n + 1) / 2
        variance = n * m / 12 * (count + 1 - self._ties / (count * (count - 1)))
        if variance == 0:
            return 1.0
        z = max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
        return math.erfc(z / math.sqrt(2))
