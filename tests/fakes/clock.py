"""A clock that a test drives: sleeping moves it on at once."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class FakeClock:
    """Time passes only when somebody sleeps; sleepers wake in order."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    async def sleep(self, seconds: float) -> None:
        """Wait for the fake time to come; the earliest sleeper moves it when all others wait, too."""
        wake = self.passed + max(0.0, seconds)
        self._count += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((wake, self._count, future))
        while not future.done():
            # Let everybody who can run do so, then move time to the earliest sleeper.
            for _ in range(20):
                await asyncio.sleep(0)
                if future.done():  # at once: whoever is woken sleeps on before time goes on
                    return
            self._wake_earliest()

    def _wake_earliest(self) -> None:
        self._sleepers = [entry for entry in self._sleepers if not entry[2].done()]
        if self._sleepers:
            earliest = min(self._sleepers, key=lambda entry: entry[:2])
            self._sleepers.remove(earliest)
            self.passed = max(self.passed, earliest[0])
            earliest[2].set_result(None)
