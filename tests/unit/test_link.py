"""The wire: a reader that stops reading costs progress, never the engine, and never a command."""

import asyncio
import os

from simulator.base.protocol import Canary, Finished, Progress, from_engine
from simulator.engine.link import QUEUE, Link


async def test_a_silent_reader_loses_progress_and_gets_every_command() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as out:
        link = Link(out)
        for number in range(QUEUE + 50):
            link.say(Progress(at=0.0, experiment="", text=str(number)))
        link.say(Canary(on=True))
        link.say(Finished(code=0, report=""))
        link.finish()
        assert link.dropped == 50
        with os.fdopen(reading, "rb") as told:
            listening = asyncio.create_task(asyncio.to_thread(told.readlines))
            await link.pump()
            out.close()
            messages = [from_engine.validate_json(line) for line in await listening]
    assert [message.type for message in messages[-2:]] == ["canary", "finished"]
    assert len(messages) == QUEUE + 2


async def test_a_reader_that_is_gone_ends_the_pump() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as out:
        link = Link(out)
        link.say(Canary(on=True))
        await link.pump()
