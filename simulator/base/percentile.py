"""Percentiles by nearest rank: each is a value that was measured, never one between two of them.

The one definition in the project (Hyndman and Fan 1996, definition 1): of N values in order the p-th percentile is the one
of rank ceil(p N / 100). In whole numbers, because 0.55 * 100 is more than 55 to a computer.
"""

from collections.abc import Iterable, Mapping


def rank(percent: int, count: int) -> int:
    """The nearest rank of a percentile among `count` values in order, from 1."""
    return max(1, -(-percent * count // 100))


def percentile(percent: int, values: Iterable[float]) -> float:
    """The value of the nearest rank.

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError(f"no percentile {percent} of no values")
    return ordered[rank(percent, len(ordered)) - 1]


def counted(percent: int, counts: Mapping[int, int]) -> int:
    """The same of values that were counted: value -> how often.

    Raises:
        ValueError: nothing was counted.
    """
    left = rank(percent, sum(counts.values()))
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    raise ValueError(f"no percentile {percent} of no values")
