"""Every fault on containers against real ones: it bites in time, it is undone, also when its target is replaced."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.dockerhost import current_docker_host
from simulator.base.errors import BadInput, DoorError
from simulator.doors import Doors
from simulator.engine.injection import Injector, undo
from simulator.engine.openfaults import OpenFaults
from simulator.environments.contract import surroundings
from simulator.environments.registry import resolve
from simulator.erpgo.stack.compose import client
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.erpgo.stack.compose.tools import compose_command
from simulator.faults import FaultRecord, fault_named, faults
from simulator.journal.facts import FaultChecked, FaultUndone
from simulator.journal.file import Journal
from simulator.plan.build import build_plan
from simulator.plan.request import RunRequest
from simulator.preflight import check_plan
from tests.contract.minimal import minimal, settings_from
from tests.contract.traffic import SwitchedInMemory, readers
from tests.fakes.doors import journal_in_memory

EFFECTIVE_WITHIN = 20.0
UNDONE_WITHIN = 20.0
"""Seconds, on a machine that may be busy."""
TOUCHED = ("api", "postgres", "redis", "nginx", "prometheus")

HARMS = [
    "{fault: service-kill, service: api}",
    "{fault: service-hang, service: redis}",
    "{fault: container-kill, service: postgres}",
    "{fault: container-stop, service: redis-exporter}",
    "{fault: container-pause, service: api}",
    "{fault: container-crash, service: api}",
    "{fault: container-oom, service: api}",
    "{fault: cpu-throttle, service: api, cores: 0.02}",
    "{fault: network-cut, service: redis}",
    "{fault: network-loss, service: api}",
    "{fault: bandwidth-limit, service: api, kilobits: 64}",
]
ON_CONTAINERS_ONLY = {name for name, fault in faults().items() if fault.needs in ("container", "shaping")}


@dataclass(frozen=True)
class Place:
    """The compose stack with everything a fault is injected with."""

    stack: ComposeInfo
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


@pytest.fixture
async def place(compose: ComposeInfo, tmp_path: Path) -> AsyncIterator[Place]:
    clock = RunClock(SystemClock())
    doors = resolve("compose").open(clock, SwitchedInMemory())

    async def well() -> bool | None:
        try:
            return all([await doors.services.probe(service) for service in TOUCHED])
        except DoorError:
            return None

    assert await clock.until(well, within=60.0, every=0.2)
    yield Place(compose, doors, tmp_path)
    await doors.close()


def test_every_fault_on_containers_is_tried_here() -> None:
    tried = {yaml.split(": ")[1].split(",")[0] for yaml in HARMS}
    # network-delay needs a kernel with netem: see the test of its refusal.
    assert tried >= ON_CONTAINERS_ONLY - {"network-delay"}


@pytest.mark.parametrize("yaml", HARMS)
async def test_it_bites_and_is_undone(place: Place, yaml: str) -> None:
    record, journal = place.record(yaml), place.journal
    fault = fault_named(record.fault)
    injector = Injector(place.doors, journal, OpenFaults(place.folder / "open"))
    async with readers(place.stack):
        async with injector.injected(record, EFFECTIVE_WITHIN) as aimed:
            assert injector.open_faults.all() == [aimed]  # what undo restores is on disk
        await fault.undo(aimed, place.doors)  # once more, after it was confirmed
        again = await undo(aimed, place.doors)
    assert again.ok, again.observed
    checks = [fact for fact in journal.facts if isinstance(fact, FaultChecked)]
    assert [check.ok for check in checks[-3:]] == [True] * 3, checks[-1].observed
    undone = [fact for fact in journal.facts if isinstance(fact, FaultUndone)]
    assert [fact.confirmed for fact in undone] == [True], undone[0].observed
    assert undone[0].at - undone[0].requested < UNDONE_WITHIN
    assert injector.open_faults.all() == []


async def test_a_flood_of_connections_spares_what_publishes_the_port(place: Place) -> None:
    # As many as in the sweep: where Docker's proxy may open 20,000 files it would not outlive them.
    record = place.record("{fault: connection-flood, connections: 5500, rate: 1000}")
    injector = Injector(place.doors, place.journal, OpenFaults(place.folder / "open"))
    async with injector.injected(record, EFFECTIVE_WITHIN):
        assert place.doors.connections.held(record.id) == 5500
    assert await place.doors.services.probe("api")
    assert injector.open_faults.all() == []


@pytest.mark.parametrize("name", sorted(ON_CONTAINERS_ONLY))
async def test_undoing_what_was_never_injected_is_clean(place: Place, name: str) -> None:
    fault = fault_named(name)
    record = await fault.aim(place.record(minimal(name)), place.doors)
    before = await place.doors.docker.state("api")
    check = await undo(record, place.doors)
    assert check.ok, check.observed
    assert await place.doors.docker.state("api") == before


@pytest.mark.parametrize("yaml", [yaml for yaml in HARMS if "container-crash" not in yaml])
async def test_undo_is_confirmed_though_its_target_died_meanwhile(place: Place, yaml: str) -> None:
    fault = fault_named(place.record(yaml).fault)
    record = await fault.aim(place.record(yaml), place.doors)
    touched = getattr(record, "service", "api")
    await fault.inject(record, place.doors)
    await place.doors.docker.kill(touched)  # and nobody starts it again but the undo
    check = await undo(record, place.doors)
    assert check.ok, check.observed


@pytest.mark.parametrize("name", sorted(ON_CONTAINERS_ONLY - {"network-delay"}))
async def test_a_container_that_was_made_anew_meanwhile_is_found_by_its_labels(
    place: Place, name: str
) -> None:
    yaml = minimal(name).replace("service: api", "service: redis-exporter")
    fault = fault_named(name)
    record = await fault.aim(place.record(yaml), place.doors)
    before = await place.doors.docker.state("redis-exporter")
    await fault.inject(record, place.doors)
    await asyncio.to_thread(_recreate, "redis-exporter")
    check = await undo(record, place.doors)
    assert check.ok, check.observed
    assert (await place.doors.docker.state("redis-exporter")).id != before.id


async def test_memory_that_was_short_for_long_is_given_back_at_once(place: Place) -> None:
    """The engine's back-off grows with every kill: waited out, half a minute of them would outlast the undo."""
    record = place.record("{fault: container-oom, service: api}")
    injector = Injector(place.doors, place.journal, OpenFaults(place.folder / "open"))
    clock = place.doors.clock
    async with injector.injected(record, EFFECTIVE_WITHIN):

        async def often() -> bool | None:
            return (await place.doors.docker.state("api")).restarts >= 7 or None

        assert await clock.until(often, within=90.0, every=0.5)
    assert injector.left == []


async def test_an_act_whose_wait_was_cancelled_is_not_overtaken_by_its_undo(place: Place) -> None:
    docker = place.doors.docker
    stopping = asyncio.create_task(docker.stop("alertmanager"))
    await place.doors.clock.sleep(0.02)  # until the call is under way
    stopping.cancel()
    await docker.start("alertmanager")
    assert (await docker.state("alertmanager")).status == "running"


async def test_a_crash_heals_by_itself_and_a_kill_does_not(place: Place) -> None:
    clock, docker = place.doors.clock, place.doors.docker
    crash = place.record("{fault: container-crash, service: redis-exporter}")
    fault = fault_named(crash.fault)
    aimed = await fault.aim(crash, place.doors)
    assert not (await fault.is_healed(aimed, place.doors)).ok
    await fault.inject(aimed, place.doors)

    async def healed() -> bool | None:
        return (await fault.is_healed(aimed, place.doors)).ok or None

    assert await clock.until(healed, within=20.0, every=0.1)
    assert (await docker.state("redis-exporter")).restarts >= 1
    await docker.kill("redis-exporter")
    assert not (await fault.is_healed(aimed, place.doors)).ok
    await docker.start("redis-exporter")


async def test_a_container_without_the_label_is_refused(place: Place, tmp_path: Path) -> None:
    assert "cadvisor" not in resolve("compose").facts.chaos_services
    with pytest.raises(DoorError, match=r"cadvisor is not touched: it lacks the label simulator\.chaos=true"):
        await place.doors.docker.kill("cadvisor")
    (tmp_path / "greedy.yaml").write_text(
        "title: Too far\nfaults: [{fault: container-kill, service: cadvisor}]\n"
    )
    plan = build_plan(
        RunRequest(gameday=str(tmp_path / "greedy.yaml")),
        surroundings(resolve("compose")),
        SystemClock().now(),
    )
    with pytest.raises(BadInput, match="may not touch 'cadvisor' in environment compose"):
        check_plan(plan)


async def test_a_delay_works_or_is_refused_for_what_the_kernel_lacks(place: Place) -> None:
    record = place.record("{fault: network-delay, service: api}")
    fault = fault_named(record.fault)
    try:
        await fault.inject(record, place.doors)
    except DoorError as refusal:
        assert "kernel" in str(refusal)  # noqa: PT017  both ends are right, by the machine's kernel
    else:
        async with readers(place.stack):
            assert (await fault.is_effective(record, place.doors)).ok
    check = await undo(record, place.doors)
    assert check.ok, check.observed


def _recreate(service: str) -> None:
    """Remove the container and make it again, as `docker compose up --force-recreate` does."""
    compose = client.Compose(current_docker_host(), compose_command(print))
    client._compose(
        compose, "debian", "up", "-d", "--wait", "--no-deps", "--force-recreate", service, within_s=120
    )


async def test_an_undo_that_cannot_bind_its_port_again_is_not_confirmed(place: Place) -> None:
    """Whoever takes the port of a container that is cut off answers its probe: that must not pass for an undo."""
    fault = fault_named("network-cut")
    record = await fault.aim(place.record("{fault: network-cut, service: redis-exporter}"), place.doors)
    await fault.inject(record, place.doors)
    with socket.create_server(("127.0.0.1", place.stack.services["redis-exporter"].port)):
        with pytest.raises(DoorError, match="address already in use"):
            await fault.undo(record, place.doors)
        check = await fault.is_undone(record, place.doors)
        assert not check.ok
        assert "is not on" in check.observed
    check = await undo(record, place.doors)
    assert check.ok, check.observed
