"""Every fault against real servers: it bites in time, it is undone, and undoing is safe at any moment."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.doors import Doors
from simulator.doors.redis import Flood
from simulator.engine.injection import Injector, undo
from simulator.engine.openfaults import OpenFaults
from simulator.environments.registry import resolve
from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.faults import FaultRecord, fault_named, faults
from simulator.journal.facts import FaultChecked, FaultUndone
from simulator.journal.file import Journal
from tests.contract.minimal import minimal, settings_from
from tests.contract.traffic import SwitchedInMemory, a_few_buyers, buyers, nobody, readers
from tests.fakes.doors import journal_in_memory

pytestmark = pytest.mark.stack

EFFECTIVE_WITHIN = 60.0
"""Seconds: the most that an experiment may allow, for a busy machine."""
UNDONE_WITHIN = 20.0
"""Seconds, on a machine that may be busy; the promise of 5 is measured where nothing else runs."""
SEEN_WITHIN = 10.0
"""Seconds for a fault that is gone to look so: on a busy machine one look may itself come to nothing."""
People = Callable[[StackInfo], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Harm:
    """A fault as a file says it, and the traffic without which it would not bite."""

    yaml: str
    people: People = nobody

    def __str__(self) -> str:
        return self.yaml.strip("{}").replace("fault: ", "").replace(", service: ", "-")


KILLED = ("api", "postgres", "redis", "redis-exporter", "alertmanager")
"""One of each kind: Python, a family of processes, native, an exporter, a part of the monitoring."""
HUNG = ("api", "postgres", "redis")
"""Fewer: each of the three looks at a silent service takes the two seconds that its probe is patient for."""
HARMS = [
    *(Harm(f"{{fault: service-kill, service: {service}}}") for service in KILLED),
    *(Harm(f"{{fault: service-hang, service: {service}}}") for service in HUNG),
    Harm("{fault: cache-flood}", readers),
    Harm("{fault: db-pool-exhaust}", buyers),
    Harm("{fault: workload, switch: surge, events_per_second: 1}"),
    Harm("{fault: memory-pressure, share: 0.5}"),
    Harm("{fault: connection-leak, connections: 5}"),
    Harm("{fault: slow-handler, delay: 50ms}"),
    Harm("{fault: poison-request, share: 0.5}", readers),
    Harm("{fault: scrape-stall}"),
    Harm("{fault: connection-flood, connections: 300}"),
    Harm("{fault: slow-queries}", a_few_buyers),
    Harm("{fault: db-errors}", a_few_buyers),
    Harm("{fault: db-timeouts}", a_few_buyers),
    Harm("{fault: cache-flush, every: 500ms}", readers),
    Harm("{fault: redis-stall}"),
    Harm("{fault: misconfigure, mistake: job-dropped, job: node-exporter}"),
    Harm("{fault: misconfigure, mistake: unreadable}"),
    Harm("{fault: misconfigure, mistake: rule-fails}"),
    Harm("{fault: misconfigure, mistake: receiver-mistyped}"),
]


@dataclass(frozen=True)
class Place:
    """The shared stack with everything a fault is injected with."""

    stack: StackInfo
    doors: Doors
    folder: Path

    @property
    def journal(self) -> Journal:
        return journal_in_memory(self.doors.clock)

    def record(self, yaml: str) -> FaultRecord:
        settings = settings_from(yaml, self.folder)
        record: FaultRecord = fault_named(settings.fault).plan(
            settings, f"simulator-{self.folder.name[-20:]}"
        )
        return record

    async def is_gone(self, record: FaultRecord) -> bool:
        """Whether the fault's own check says so before long."""

        async def look() -> bool | None:
            return (await fault_named(record.fault).is_undone(record, self.doors)).ok or None

        return await self.doors.clock.until(look, within=SEEN_WITHIN, every=0.2) or False


@pytest.fixture
async def place(stack: StackInfo, tmp_path: Path) -> AsyncIterator[Place]:
    clock = RunClock(SystemClock())
    doors = resolve("embedded").open(clock, SwitchedInMemory())
    yield Place(stack, doors, tmp_path)
    await doors.close()


@asynccontextmanager
async def killed(stack: StackInfo, service: str) -> AsyncIterator[None]:
    """The service is killed now, and comes back when the block ends."""
    with Connection(stack) as connection:
        connection.hold(service, "killed", "the test", lease_s=30.0)
        yield
        connection.release("the test")


ELSEWHERE = {"container", "shaping", "command", "http"}
"""Those on containers alone are tried on containers, those by acts of the user's own on what they harm: tests/containers/,
tests/acts/."""
EMBEDDED = sorted(name for name, fault in faults().items() if fault.needs not in ELSEWHERE)


def test_none_is_forgotten() -> None:
    assert {harm.yaml.split(": ")[1].split(",")[0].strip("}") for harm in HARMS} == set(EMBEDDED)


@pytest.mark.parametrize("name", EMBEDDED)
async def test_undoing_what_was_never_injected_is_clean(place: Place, name: str) -> None:
    settings = settings_from(minimal(name), place.folder)
    assert settings.touches in {"", *resolve("embedded").facts.chaos_services}
    fault, record = fault_named(name), place.record(minimal(name))
    for _ in range(2):
        await fault.undo(record, place.doors)
        assert await place.is_gone(record)
    assert not await place.doors.services.is_held(record.id, settings.touches)


@pytest.mark.parametrize("harm", HARMS, ids=str)
async def test_it_bites_and_is_undone(place: Place, harm: Harm) -> None:
    record, journal = place.record(harm.yaml), place.journal
    fault = fault_named(record.fault)
    injector = Injector(place.doors, journal, OpenFaults(place.folder / "open"))
    async with harm.people(place.stack):
        async with injector.injected(record, EFFECTIVE_WITHIN):
            while_it_bites = await fault.is_undone(record, place.doors)
        await fault.undo(record, place.doors)  # once more, after it was confirmed
        again = await place.is_gone(record)
    assert not while_it_bites.ok, while_it_bites.observed
    assert again
    checks = [fact for fact in journal.facts if isinstance(fact, FaultChecked)]
    assert [check.ok for check in checks[-3:]] == [True] * 3
    undone = [fact for fact in journal.facts if isinstance(fact, FaultUndone)]
    assert [fact.confirmed for fact in undone] == [True]
    assert undone[0].at - undone[0].requested < UNDONE_WITHIN
    assert injector.open_faults.all() == []


@dataclass(frozen=True)
class Replaced:
    """A service that dies under a fault and comes back as another process."""

    harm: Harm
    service: str


REPLACED = [
    Replaced(Harm("{fault: db-pool-exhaust}", buyers), "postgres"),
    Replaced(Harm("{fault: cache-flood}", readers), "api"),
    Replaced(Harm("{fault: cache-flood}", readers), "redis"),
]


@pytest.mark.parametrize("replaced", REPLACED, ids=lambda case: f"{case.harm}-{case.service}")
async def test_undo_is_confirmed_though_its_target_was_replaced(place: Place, replaced: Replaced) -> None:
    record = place.record(replaced.harm.yaml)
    fault = fault_named(record.fault)
    async with replaced.harm.people(place.stack):
        await fault.inject(await fault.aim(record, place.doors), place.doors)
        async with killed(place.stack, replaced.service):
            pass
        check = await undo(record, place.doors)
    assert check.ok, check.observed


async def test_a_flood_ends_at_whatever_moment_it_is_told_to(place: Place) -> None:
    """A client may swallow a cancellation: two of ten undos once hung for good because the flood went on."""
    flood = Flood(prefix=f"{place.folder.name}:", value_bytes=64 * 1024, rate=1000.0, ttl=4.0)
    for round_ in range(40):
        place.doors.cache("redis").flood(flood)
        await place.doors.clock.sleep(0.05 + 0.0011 * round_)
        async with asyncio.timeout(5):
            await place.doors.cache("redis").drain(flood.prefix)
        assert await place.doors.cache("redis").count(flood.prefix) == 0


async def test_a_service_that_dies_while_frozen_is_undone(place: Place) -> None:
    record = place.record("{fault: service-hang, service: redis-exporter}")
    fault = fault_named(record.fault)
    await fault.inject(record, place.doors)
    kill(place.stack, "redis-exporter")
    check = await undo(record, place.doors)
    assert check.ok, check.observed


def kill(stack: StackInfo, service: str) -> None:
    """SIGKILL from outside: nobody asked the supervisor."""
    with Connection(stack) as connection:
        pid = connection.status().services[service].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
