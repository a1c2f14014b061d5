"""Experiments of one wave wait for each other, and for nobody who has gone."""

import asyncio

from simulator.engine.together import Rendezvous


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_nobody_goes_on_before_all_are_there() -> None:
    others, passed = Rendezvous(2), []

    async def one(name: str) -> None:
        await others.meet()
        passed.append(name)

    first = asyncio.create_task(one("first"))
    await settled()
    assert passed == []
    await one("second")
    await first
    assert sorted(passed) == ["first", "second"]


async def test_they_meet_again() -> None:
    others = Rendezvous(2)

    async def twice() -> None:
        await others.meet()
        await others.meet()

    async with asyncio.timeout(1):
        await asyncio.gather(twice(), twice())


async def test_whoever_leaves_is_not_waited_for() -> None:
    others = Rendezvous(2)
    waiting = asyncio.create_task(others.meet())
    await settled()
    assert not waiting.done()
    others.leave()
    async with asyncio.timeout(1):
        await waiting


async def test_one_alone_never_waits() -> None:
    others = Rendezvous(1)
    async with asyncio.timeout(1):
        await others.meet()
        await others.meet()
    others.leave()
