"""Open-model arrivals: a rate decides when sessions start, whatever the system under test does.

Time is passed in; nothing here waits, and nothing here knows Locust.
"""

import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

PATIENCE_SECONDS = 5.0
"""How long an arrival waits for a free user before it is dropped and counted."""


@dataclass(frozen=True)
class Arrival:
    """One session that wants to start."""

    intended: float
    """When it should start, in seconds of the clock that was passed in."""
    cause: str = ""
    """The workload switch that brought it; empty in normal traffic."""


def poisson_gaps(chance: random.Random) -> Iterator[float]:
    """Gaps of a Poisson process, in units of the mean gap: people do not know of one another."""
    while True:
        yield chance.expovariate(1.0)


def even_gaps(chance: random.Random) -> Iterator[float]:
    """Gaps that stay within a fifth of the mean, after a random first one.

    For trickles that must stay below a limit in every minute, not only on average.
    """
    yield chance.random()
    while True:
        yield chance.uniform(0.8, 1.2)


class Stream:
    """Intended starts at a rate that may change at any time.

    Works by inversion: `_left` is what the integral of the rate has yet to reach until the next start.
    """

    def __init__(self, gaps: Iterator[float], start: float) -> None:
        self._gaps = gaps
        self._at = start
        self._left = next(gaps)

    def advance(self, until: float, rate: float) -> list[float]:
        """The intended starts up to `until`, given `rate` starts per second since the last call."""
        starts = []
        while rate > 0 and (start := self._at + self._left / rate) <= until:
            starts.append(start)
            self._at = start
            self._left = next(self._gaps)
        self._left -= max(0.0, until - self._at) * rate
        self._at = max(self._at, until)
        return starts

    def next_start(self, rate: float) -> float:
        """When the next start is due if the rate stays; infinite when it never is."""
        return self._at + self._left / rate if rate > 0 else math.inf


class Line:
    """The arrivals of one persona that wait for a free user, oldest first."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._waiting: deque[Arrival] = deque()
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, arrival: Arrival) -> None:
        self._waiting.append(arrival)

    def give_up(self, now: float) -> None:
        """Drop and count those that have waited longer than their patience."""
        while self._waiting and now - self._waiting[0].intended > self._patience:
            self._waiting.popleft()
            self._dropped += 1

    def take(self, now: float) -> Arrival | None:
        """The next arrival for a user that is free; it starts late if none was free in time."""
        self.give_up(now)
        return self._waiting.popleft() if self._waiting else None

    def forget_dropped(self) -> int:
        """How many were dropped since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped
