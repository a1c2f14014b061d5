"""Memory that is really taken: the process's resident size grows to a share of its limit."""

import asyncio
from typing import Annotated

import msgspec

from stack.erpgo.chaos.harm import Harm
from stack.erpgo.metrics.system import resident_bytes

_CHUNK = 64 * 1024 * 1024
"""Larger than what malloc keeps for later: freed chunks go back to the system at once."""


class Memory(msgspec.Struct, frozen=True, tag="memory", forbid_unknown_fields=True):
    """Grow to `share` (0..1) of the memory limit."""

    share: Annotated[float, msgspec.Meta(gt=0, le=0.99)]


class Ballast(Harm):
    """Chunks of memory, each written to: memory that was never touched takes no room."""

    def __init__(self, wanted: Memory, limit: int) -> None:
        self._goal = wanted.share * limit
        self._chunks: list[bytes] = []

    async def begin(self) -> None:
        while (missing := int(self._goal - resident_bytes())) > 0:
            self._chunks.append(b"\1" * max(1024 * 1024, min(_CHUNK, missing)))
            await asyncio.sleep(0)  # requests go on between two chunks

    async def end(self) -> None:
        self._chunks.clear()
