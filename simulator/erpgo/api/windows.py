"""A ratio over the last minute or so, kept in a few numbers."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Second:
    at: int
    part: float = 0.0
    whole: float = 0.0


class MovingRatio:
    """Share of `part` in `whole` over the last `span` seconds, to the second."""

    def __init__(self, span: int, clock: Callable[[], float]) -> None:
        self._span = span
        self._clock = clock
        self._seconds: deque[_Second] = deque()

    def add(self, *, part: float = 0.0, whole: float = 0.0) -> None:
        second = self._current()
        second.part += part
        second.whole += whole

    def ratio(self, empty: float) -> float:
        """Return the share, or `empty` when nothing happened within the span."""
        self._forget(int(self._clock()))
        whole = sum(second.whole for second in self._seconds)
        return sum(second.part for second in self._seconds) / whole if whole else empty

    def _current(self) -> _Second:
        now = int(self._clock())
        if not self._seconds or self._seconds[-1].at != now:
            self._forget(now)
            self._seconds.append(_Second(now))
        return self._seconds[-1]

    def _forget(self, now: int) -> None:
        while self._seconds and self._seconds[0].at <= now - self._span:
            self._seconds.popleft()
