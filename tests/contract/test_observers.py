"""Every observer is held to the contract: a source of its own, and an honest error when its door is closed."""

import pytest

from simulator.errors import DoorError
from simulator.journal.facts import LoopLag
from simulator.observers import Scene, observers
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors
from tests.fakes.journals import plan

OWN_LOOP = "engine"
"""The one observer that looks at this process itself: it has no door that could be closed."""


def closed() -> Scene:
    """A plan, and doors that all lead to a port where nobody listens."""
    return Scene(plan(), fake_doors(FakeClock(), FakeServices()))


def test_every_observer_has_a_source_of_its_own() -> None:
    assert {source: observer.source for source, observer in observers().items()} == {
        source: source for source in observers()
    }
    assert {"prometheus", "alertmanager", "receiver", "panels", OWN_LOOP} <= observers().keys()


@pytest.mark.parametrize("source", sorted(observers().keys() - {OWN_LOOP}))
async def test_a_closed_door_is_raised_not_hidden(source: str) -> None:
    scene = closed()
    observer = observers()[source](scene)
    for _ in range(2):  # the second look fares no better for the first
        with pytest.raises(DoorError):
            await observer.look()
    await scene.doors.close()


@pytest.mark.parametrize("source", sorted(observers()))
async def test_an_observer_leaves_the_loop_some_air(source: str) -> None:
    scene = closed()
    every = observers()[source](scene).every
    assert every >= 0
    assert every <= scene.plan.stack.scrape_interval, "slower than Prometheus itself would lose what it saw"
    await scene.doors.close()


async def test_the_loop_is_watched_without_any_door() -> None:
    scene = closed()
    facts = await observers()[OWN_LOOP](scene).look()
    assert [type(fact) for fact in facts] == [LoopLag]
    await scene.doors.close()
