"""Time, passed in: the only place in `simulator` that sleeps."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Where time comes from. Durations are differences of `monotonic`; `now` is for people and other programs."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never steps."""
        ...

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """This machine's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class RunClock:
    """Seconds since the run began, on the monotonic clock, tied once to UTC."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._started = clock.monotonic()
        self.epoch = clock.now().timestamp()
        """UTC seconds since 1970 at which `elapsed` was zero."""

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self.clock.monotonic() - self._started

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)

    async def until(
        self, look: Callable[[], Awaitable[T | None]], *, within: float, every: float
    ) -> T | None:
        """Look again `every` seconds until the answer is not None, for at most `within` seconds.

        Returns None when time ran out; there is always one look, and one at the deadline.
        """
        deadline = self.elapsed() + within
        while True:
            found = await look()
            if found is not None or self.elapsed() >= deadline:
                return found
            await self.sleep(min(every, max(0.0, deadline - self.elapsed())))
