"""Every observer is held to the contract: a source of its own, and an honest error when its door is closed."""

import importlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import simulator.observers as package
from simulator.base.errors import DoorError, HarnessError
from simulator.doors.prometheus import Prometheus, Series
from simulator.journal.facts import AbortDue
from simulator.journal.fitness import LoopLag
from simulator.observers import Scene, observers
from simulator.plan.system import SystemFacts
from simulator.safety.nets import Condition, Nets
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors
from tests.fakes.journals import plan

OWN_LOOP, OWN_CLOCK = "engine", "wall clock"
"""The observers that look at this process and this machine: they have no door that could be closed."""


def closed() -> Scene:
    """A plan of a run that sends no traffic itself, and doors that all lead to a port where nobody listens."""
    planned = plan()
    stack = planned.stack.model_copy(update={"sends_traffic": False})
    system = SystemFacts(name="a shop", witness="sum(requests)")
    return Scene(
        planned.model_copy(update={"stack": stack, "system": system}), fake_doors(FakeClock(), FakeServices())
    )


SOURCES = {
    "abort_conditions": "abort conditions",
    "alertmanager_alerts": "alertmanager",
    "loop_lag": OWN_LOOP,
    "pages": "receiver",
    "panels": "panels",
    "processes": "processes",
    "prometheus_alerts": "prometheus",
    "wall_clock": OWN_CLOCK,
    "witness": "witness",
}
"""What each file looks at, as journals and the judge know it: a source that is renamed makes old journals unreadable."""


def test_every_observer_looks_at_the_source_it_always_has() -> None:
    found = {observer.__module__.rsplit(".", 1)[1]: source for source, observer in observers().items()}
    assert {file: found[file] for file in SOURCES} == SOURCES


def test_every_file_that_defines_an_observer_is_found() -> None:
    files = {
        path.stem for path in Path(package.__path__[0]).glob("*.py") if "\nOBSERVER = " in path.read_text()
    }
    assert {observer.__module__.rsplit(".", 1)[1] for observer in observers().values()} == files


def test_two_observers_of_one_source_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = importlib.import_module("simulator.observers.pages")
    monkeypatch.setattr(twin.OBSERVER, "source", "panels")
    with pytest.raises(HarnessError, match="two observers claim 'panels'"):
        observers.__wrapped__()


@pytest.mark.parametrize("source", sorted(observers().keys() - {OWN_LOOP, OWN_CLOCK}))
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


async def test_a_clock_that_is_set_is_said_once() -> None:
    class Settable(FakeClock):
        ahead = 0.0

        def now(self) -> datetime:
            return super().now() + timedelta(seconds=self.ahead)

    clock = Settable()
    scene = Scene(plan(), fake_doors(clock, FakeServices()))
    observer = observers()[OWN_CLOCK](scene)
    said = []
    for clock.ahead in (0.0, 3600.0, 3600.0, 3600.2, -1.0):
        await clock.sleep(1.0)
        said.append([fact.model_dump(include={"by"}) for fact in await observer.look()])
    assert said == [[], [{"by": 3600.0}], [], [], [{"by": -3601.2}]]
    await scene.doors.close()


async def test_the_loop_is_watched_without_any_door() -> None:
    scene = closed()
    facts = await observers()[OWN_LOOP](scene).look()
    assert [type(fact) for fact in facts] == [LoopLag]
    await scene.doors.close()


async def test_an_abort_condition_that_cannot_be_asked_keeps_no_other_from_being_asked() -> None:
    class OnlyTheSecond(Prometheus):
        true = True

        async def query(self, expr: str) -> list[Series]:
            if expr == "first":
                raise DoorError("many-to-many matching not allowed")
            return [Series(labels={}, samples=((0.0, 1.0),))] if self.true else []

    prometheus = OnlyTheSecond("http://127.0.0.1:9")
    nets = Nets(abort_when=(Condition(name="one", expr="first"), Condition(name="two", expr="second")))
    stack = plan().stack.model_copy(update={"nets": nets})
    doors = replace(fake_doors(FakeClock(), FakeServices()), prometheus=prometheus)
    observer = observers()["abort conditions"](Scene(plan().model_copy(update={"stack": stack}), doors))
    assert [fact.condition for fact in await observer.look() if isinstance(fact, AbortDue)] == ["two"]
    prometheus.true = False
    with pytest.raises(DoorError, match="one: many-to-many"):
        await observer.look()
    await doors.close()
