"""What a run is held against: the latest of the same kind; and what got slower or faster, and whether that is real."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from simulator.base.values import Value
from simulator.history.record import RunRecord, record
from simulator.history.spread import CONFIDENCE, ENOUGH_TO_COMPARE, by_chance
from simulator.journal.earlier import EarlierAlert, EarlierRuns
from simulator.judge.verdict import RunVerdict

MOST_RUNS = 100
"""The latest; a single page is told from chance by no fewer than 39 before it, and more with more alerts compared."""


Key = tuple[str, str, float, str]
"""Experiment, alert, limit and rule: what may be compared."""


class Against(Value):
    """One alert of this run, held against earlier ones. Seconds; infinite where it did not come."""

    experiment: str
    alert: str
    now: float
    before: float
    """Medians."""
    times: int
    """How often it was tried before."""
    chance: float | None
    """How probable a difference as large is without any change; None: too few to tell."""
    is_real: bool
    """Too improbable for chance, with as many alerts compared as there are (Bonferroni)."""


def earlier(records: Sequence[RunRecord], game_day: str, environment: str) -> EarlierRuns:
    """The latest runs of this game day on this environment, of all that there are (the oldest first)."""
    alike = [one for one in records if (one.game_day, one.environment) == (game_day, environment)][
        -MOST_RUNS:
    ]
    return EarlierRuns(
        runs=tuple(one.run for one in alike),
        alerts=tuple(
            EarlierAlert(experiment=name, alert=alert, limit=limit, rule=rule, latencies=tuple(taken))
            for (name, alert, limit, rule), taken in _tried(alike).items()
        ),
    )


def against(verdict: RunVerdict) -> tuple[Against, ...]:
    """Every alert of a run that was tried before under the same rule and limit."""
    before = {
        (one.experiment, one.alert, one.limit, one.rule): one.latencies
        for one in (verdict.earlier.alerts if verdict.earlier else ())
    }
    pairs = [(key, taken, before[key]) for key, taken in _tried([record(verdict)]).items() if before.get(key)]
    return tuple(
        _against(key[0], key[1], _seconds(now), _seconds(then), len(pairs)) for key, now, then in pairs
    )


def other_rule(verdict: RunVerdict) -> tuple[str, ...]:
    """The alerts that were tried before under another rule only, by name."""
    seen = verdict.earlier.alerts if verdict.earlier else ()
    same = {(one.experiment, one.alert, one.rule) for one in seen}
    tried = {(one.experiment, one.alert) for one in seen if one.rule}
    keys = [(key[0], key[1], key[3]) for key in _tried([record(verdict)]) if key[3]]
    return tuple(sorted({key[1] for key in keys if key[:2] in tried and key not in same}))


def _tried(runs: Iterable[RunRecord]) -> dict[Key, list[float | None]]:
    """The latencies of what was decided, in the order of the runs."""
    found: dict[Key, list[float | None]] = defaultdict(list)
    for run in runs:
        for one in run.attempts:
            if one.outcome != "inconclusive":
                found[one.experiment, one.alert, one.limit, one.rule].append(one.latency)
    return found


def _seconds(latencies: Iterable[float | None]) -> list[float]:
    return [math.inf if one is None else one for one in latencies]


def _against(experiment: str, alert: str, now: list[float], before: list[float], compared: int) -> Against:
    certain = (1 - CONFIDENCE) / compared
    chance = _chance(now, before, certain)
    return Against(
        experiment=experiment,
        alert=alert,
        now=statistics.median_high(now),
        before=statistics.median_high(before),
        times=len(before),
        chance=chance,
        is_real=chance is not None and chance < certain,
    )


def _chance(now: list[float], before: list[float], certain: float) -> float | None:
    """Two-sided. Of a single page: how often one of so many would lie as far out, which is exact.

    None where no difference, however large, could be improbable enough.
    """
    if len(now) == 1:
        if 2 / (len(before) + 1) >= certain:
            return None
        faster = sum(one < now[0] for one in before)
        slower = sum(one > now[0] for one in before)
        beyond = len(before) - max(faster, slower)
        return min(1.0, 2 * (beyond + 1) / (len(before) + 1))
    if min(len(now), len(before)) < ENOUGH_TO_COMPARE:
        return None
    return by_chance(before, now)


def farthest(compared: Sequence[Against]) -> Iterator[Against]:
    """Those that differ, the farthest from what they were first."""
    apart = [one for one in compared if one.now != one.before]
    yield from sorted(apart, key=lambda one: -abs(one.now - one.before))
