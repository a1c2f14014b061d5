"""What so many successes of so many attempts prove: exact one-sided bounds (Clopper and Pearson 1934).

With 20 of 20 an alert may still miss one page of eight: the lower bound is the smallest success rate that would give so
good a result in one of twenty months. No normal approximation, which promises most where little is known.
"""

import math
from collections.abc import Callable

CONFIDENCE = 0.95
"""One-sided: a bound is wrong at most once in twenty."""
MOST_MORE = 100_000
"""Attempts beyond which nobody waits for a proof."""
_NEGLIGIBLE = 1e-18
_HALVINGS = 60
"""To the last bit of a number between 0 and 1."""


def at_least(successes: int, attempts: int) -> float:
    """The lower bound of the success rate, 0..1; 0 where nothing was tried.

    Solves P(X >= successes) = 1 - CONFIDENCE for the rate of a binomial X.
    """
    if successes == 0:
        return 0.0
    return _rate(lambda rate: _as_many_or_more(successes, attempts, rate) > 1 - CONFIDENCE)


def at_most(successes: int, attempts: int) -> float:
    """The upper bound of the success rate, 0..1; 1 where nothing was tried."""
    return 1.0 - at_least(attempts - successes, attempts) if attempts else 1.0


def proves(successes: int, attempts: int, share: float) -> bool:
    """Whether the lower bound reaches a share (0..1): one probability, where the bound itself takes sixty."""
    return _as_many_or_more(successes, attempts, share) <= 1 - CONFIDENCE


def more_needed(successes: int, attempts: int, objective: float) -> int | None:
    """Attempts that would all have to succeed before the lower bound reaches the objective (0..1); None: beyond `MOST_MORE`."""

    def proven(more: int) -> bool:
        return proves(successes + more, attempts + more, objective)

    if proven(0):
        return 0
    high = 1
    while not proven(high):
        high *= 2
        if high > MOST_MORE:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if proven(middle) else (middle, high)
    return high


def _rate(too_high: Callable[[float], bool]) -> float:
    """Where a condition on the rate, false below it and true above, turns; from below."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if too_high(middle) else (middle, high)
    return low


def _as_many_or_more(successes: int, attempts: int, rate: float) -> float:
    """P(X >= successes) of a binomial X; of a probability above one half only that it is.

    The first term in logarithms, because no float holds 10,000 over 5,000; the others shrink from it.
    """
    if successes <= attempts * rate:
        return 1.0  # the median is at most one below the mean
    if rate == 0:
        return 0.0
    term = math.exp(
        math.lgamma(attempts + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(attempts - successes + 1)
        + successes * math.log(rate)
        + (attempts - successes) * math.log1p(-rate)
    )
    total, odds = 0.0, rate / (1 - rate)
    for k in range(successes, attempts + 1):
        total += term
        term *= (attempts - k) / (k + 1) * odds
        if term < total * _NEGLIGIBLE:
            break
    return total


def chance_of_worse(before: tuple[int, int], after: tuple[int, int]) -> float:
    """How probable so bad an `after` is without any change: each a pair of successes and attempts (Fisher's exact test, one-sided)."""
    (good, first), (worse, second) = before, after
    whole, hits = first + second, good + worse
    ways = math.comb(whole, second)
    fewest = max(0, hits - first)
    as_bad = sum(math.comb(hits, k) * math.comb(whole - hits, second - k) for k in range(fewest, worse + 1))
    return as_bad / ways
