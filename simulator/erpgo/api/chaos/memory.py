"""Memory that is really taken: the process's resident size grows to a share of its limit."""

import asyncio
import mmap
from typing import Annotated

import msgspec

from simulator.erpgo.api.chaos.harm import Harm
from simulator.erpgo.api.metrics.system import resident_bytes

_STEP = 4 * 1024 * 1024
"""Bytes written at once: about 2 ms (measured), in which no request gets on."""
_PAUSE = 0.003
"""Seconds for the requests between two steps: a GB takes a second or two, and nobody waits for it."""
_LEAST = 1024 * 1024


class Memory(msgspec.Struct, frozen=True, tag="memory", forbid_unknown_fields=True):
    """Grow to `share` (0..1) of the memory limit."""

    share: Annotated[float, msgspec.Meta(gt=0, le=0.99)]


class Ballast(Harm):
    """Mapped memory, written to: what was never touched takes no room, and what is unmapped is free at once."""

    def __init__(self, wanted: Memory, limit: int) -> None:
        self._goal = wanted.share * limit
        self._regions: list[mmap.mmap] = []
        self._growing: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Only begins to grow: on a busy machine that takes longer than anybody waits for an answer."""
        self._growing = asyncio.create_task(self._grow())

    async def end(self) -> None:
        if self._growing is not None:
            self._growing.cancel()
            await asyncio.wait([self._growing])
        while self._regions:
            self._regions.pop().close()

    async def _grow(self) -> None:
        while (missing := int(self._goal - resident_bytes())) > 0:
            region = mmap.mmap(-1, max(_LEAST, missing), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            self._regions.append(region)
            for start in range(0, len(region), _STEP):
                region.seek(start)
                region.write(b"\1" * min(_STEP, len(region) - start))
                await asyncio.sleep(_PAUSE)  # requests go on between two steps
