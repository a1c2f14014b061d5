"""What has got worse, for real, and what changed with it.

Two ways: pages arrive in time less often than before (Fisher's exact test), or as often and later (rank sum test). Either
has to be too improbable for chance, with as many alerts compared as there are (Bonferroni). One missed page proves no
regression; it is named as a missed page.
"""

import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

from simulator.base.values import Value
from simulator.history.bounds import CONFIDENCE, chance_of_worse
from simulator.history.record import RunRecord
from simulator.history.spread import ENOUGH_TO_COMPARE, Ranks
from simulator.history.tries import Try, changed

Kind = Literal["missed more often", "slower"]


class Regression(Value):
    """One alert that has got worse, since a run on."""

    environment: str
    alert: str
    kind: Kind
    since: float
    """UTC seconds at which the first of the worse runs began."""
    run: str
    journal_seal: str
    """Of that run's journal as it was reported; empty: not recorded."""
    before: tuple[int, int]
    after: tuple[int, int]
    """Pages in time, and pages that had to come."""
    slower_by: float | None
    """Seconds between the medians of those that came."""
    chance: float
    """How probable that is without any change."""
    changed: tuple[str, ...]
    """What is recorded of the runs on either side and differs; empty: nothing that is recorded."""


def regressions(known: Sequence[RunRecord], since: float) -> tuple[Regression, ...]:
    """What has got worse at some run since a moment (UTC seconds); `known` are all runs, the oldest first."""
    series = _series(known)
    certain = (1 - CONFIDENCE) / max(1, len(series))
    found = (_worst(key[0], tries, since, certain) for key, tries in sorted(series.items()))
    return tuple(one for one in found if one is not None)


def _series(known: Iterable[RunRecord]) -> dict[tuple[str, str], list[Try]]:
    """The decided attempts of each environment's alerts, in the order of time."""
    series: dict[tuple[str, str], list[Try]] = defaultdict(list)
    for run in known:
        for attempt in run.attempts:
            if (one := Try(run, attempt)).is_decided:
                series[run.environment, attempt.alert].append(one)
    return series


def _worst(environment: str, tries: Sequence[Try], since: float, certain: float) -> Regression | None:
    """The turn for the worse that chance explains least."""
    turns = [at for at in range(1, len(tries)) if tries[at].run is not tries[at - 1].run]
    late = [at for at in turns if tries[at].run.epoch >= since]
    if not late:
        return None
    found = [*_missed_more_often(tries, late), *_slower(tries, late)]
    if not found:
        return None
    turn = min(found, key=lambda one: one.chance)
    if turn.chance >= certain / len(turns):
        return None
    before, after = tries[: turn.at], tries[turn.at :]
    took, takes = _latencies(before), _latencies(after)
    return Regression(
        environment=environment,
        alert=after[0].attempt.alert,
        kind=turn.kind,
        since=after[0].run.epoch,
        run=after[0].run.run,
        journal_seal=after[0].run.journal_seal,
        before=_counted(before),
        after=_counted(after),
        slower_by=round(statistics.median(takes) - statistics.median(took), 3) if took and takes else None,
        chance=turn.chance,
        changed=changed(before[-1], after[0]),
    )


class _Turn(NamedTuple):
    at: int
    """The first of the worse attempts."""
    kind: Kind
    chance: float


def _missed_more_often(tries: Sequence[Try], turns: Iterable[int]) -> Iterator[_Turn]:
    """A turn for the worse begins with a page that is missed."""
    whole, tried = _counted(tries)
    good = list(accumulate((one.met for one in tries), initial=0))
    for at in turns:
        before, after = (good[at], at), (whole - good[at], tried - at)
        if not tries[at].met and after[0] * before[1] < before[0] * after[1]:
            yield _Turn(at, "missed more often", chance_of_worse(before, after))


def _slower(tries: Sequence[Try], turns: Iterable[int]) -> Iterator[_Turn]:
    """Among those that came."""
    came = [at for at, one in enumerate(tries) if one.attempt.latency is not None]
    latencies = _latencies(tries)
    if len(latencies) < 2 * ENOUGH_TO_COMPARE:
        return
    ranks = Ranks(latencies)
    for at in turns:
        cut = bisect_left(came, at)
        if min(cut, len(came) - cut) >= ENOUGH_TO_COMPARE and ranks.is_higher_behind(cut):
            yield _Turn(at, "slower", ranks.by_chance(cut))


def _counted(tries: Sequence[Try]) -> tuple[int, int]:
    return sum(one.met for one in tries), len(tries)


def _latencies(tries: Sequence[Try]) -> list[float]:
    return [one.attempt.latency for one in tries if one.attempt.latency is not None]
