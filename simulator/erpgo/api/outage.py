"""Knows whether PostgreSQL can be reached, and notices its return within a quarter of a second."""

import asyncio
from collections.abc import Awaitable, Callable

from simulator.erpgo.api.logs import logger

_PROBE_TIMEOUT = 1.0
_PROBE_INTERVAL = 0.25
_log = logger("database")


class OutageWatch:
    """Starts out suspecting an outage; from then on somebody has to call `suspect`.

    While the database is away, requests can be refused at once instead of waiting for it.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[None]],
        *,
        lost: Callable[[], None],
        returned: Callable[[], Awaitable[None]],
    ) -> None:
        """Take a probe that raises when the database is away, and what to do on its loss and return."""
        self._probe = probe
        self._lost = lost
        self._returned = returned
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.reachable = asyncio.Event()

    def suspect(self) -> None:
        """Look at once whether the database is there, unless somebody is looking already."""
        if not self._closing.is_set() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._watch(), name="outage-watch")

    async def close(self) -> None:
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_PROBE_TIMEOUT)
            self._task.cancel()

    async def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                async with asyncio.timeout(_PROBE_TIMEOUT):
                    await self._probe()
                await self._come_back()
            except Exception as error:  # noqa: BLE001 - whatever the reason, it is not reachable
                self._gone(error)
                await self._pause()
            else:
                self._back()
                return

    async def _come_back(self) -> None:
        """What follows its first answer. Who asks meanwhile is refused at once where that takes long."""
        not_ready = TimeoutError(f"it answers, but is not ready after {_PROBE_TIMEOUT:g} s")
        late = asyncio.get_running_loop().call_later(_PROBE_TIMEOUT, self._gone, not_ready)
        try:
            await self._returned()
        finally:
            late.cancel()

    def _gone(self, error: Exception) -> None:
        if self.reachable.is_set():
            _log.error("database lost", error=f"{type(error).__name__}: {error}")
        self.reachable.clear()
        self._lost()

    def _back(self) -> None:
        if not self.reachable.is_set():
            _log.info("database reachable")
        self.reachable.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_PROBE_INTERVAL):
                await self._closing.wait()
        except TimeoutError:
            return
