"""Database connections that are checked out and never given back: a connection leak."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Annotated

import msgspec

from simulator.erpgo.api.chaos.harm import Harm
from simulator.erpgo.api.database import Database
from simulator.erpgo.api.errors import Unavailable


class Leak(msgspec.Struct, frozen=True, tag="leak", forbid_unknown_fields=True):
    """Check out this many connections of the pool."""

    connections: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Leaks(Harm):
    """Keeps sessions open. They hold no lock and no transaction, so only the pool feels it."""

    def __init__(self, wanted: Leak, database: Database) -> None:
        self._wanted = wanted
        self._database = database
        self._held = AsyncExitStack()

    async def begin(self) -> None:
        """As many as there are to be had; a full pool gives no more."""
        await asyncio.gather(*(self._take() for _ in range(self._wanted.connections)))

    async def _take(self) -> None:
        with suppress(Unavailable):
            await self._held.enter_async_context(self._database.keep())

    async def end(self) -> None:
        await self._held.aclose()
