"""The watch over a database that answers, but is not ready."""

import asyncio

from simulator.erpgo.api.outage import OutageWatch


async def at_once() -> None:
    """The database answers."""


async def test_a_database_that_takes_long_to_be_ready_is_away_until_it_is() -> None:
    ready = asyncio.Event()
    ready.set()
    lost = asyncio.Event()

    async def returned() -> None:
        await ready.wait()

    watch = OutageWatch(at_once, lost=lost.set, returned=returned)
    async with asyncio.timeout(20):
        watch.suspect()
        await watch.reachable.wait()
        assert not lost.is_set()

        ready.clear()
        watch.suspect()
        await lost.wait()
        assert not watch.reachable.is_set()

        ready.set()
        await watch.reachable.wait()
    await watch.close()
