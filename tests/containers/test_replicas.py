"""A service of several containers: a fault takes a share of them, and the cap on that share holds."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import docker
import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import DoorError, Unsafe
from simulator.doors import Doors
from simulator.doors.containers import ContainerServices
from simulator.doors.docker import CHAOS_LABEL, Docker
from simulator.doors.whereabouts import Whereabouts, composed, listed
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.injection import Injector
from simulator.engine.openfaults import OpenFaults
from simulator.environments.registry import resolve
from simulator.erpgo.stack.compose.client import NETTOOLS
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.faults import fault_named
from simulator.journal.facts import FaultUndone
from simulator.plan.build import build_plan
from simulator.plan.request import RunRequest
from simulator.preflight.nets import check_shares
from simulator.safety.nets import Limits, Nets
from tests.contract.minimal import settings_from
from tests.fakes.doors import journal_in_memory
from tests.fakes.surroundings import erpgo_with

CREW = ("crew/1", "crew/2", "crew/3")


@dataclass(frozen=True)
class Yard:
    """A project of its own: three containers of a service that may be touched, and one that has no label."""

    project: str
    doors: Doors
    engine: docker.DockerClient

    def remove(self, service: str, number: int) -> None:
        labels = [f"com.docker.compose.{key}" for key in ("project", "service", "container-number")]
        wanted = [
            f"{label}={value}" for label, value in zip(labels, (self.project, service, number), strict=True)
        ]
        for one in self.engine.containers.list(all=True, filters={"label": wanted}):
            one.remove(force=True)


@pytest.fixture
async def yard(compose: ComposeInfo) -> AsyncIterator[Yard]:
    project = f"{compose.project}-{uuid.uuid4().hex[:8]}"
    engine = docker.from_env()
    for number in (3, 1, 2):
        _run(engine, project, "crew", number, {CHAOS_LABEL: "true"})
    _run(engine, project, "bystander", 1, {})

    async def probe() -> str:
        return "the crew answers"

    clock = RunClock(SystemClock())
    opened = resolve("compose").open(clock, UnlinkedWorkload(clock))
    ours = Docker(partial(composed, project), NETTOOLS)
    services = ContainerServices(ours, {"crew": probe})
    yard = Yard(project, replace(opened, containers=ours, services=services), engine)
    yield yard
    await ours.close()
    await opened.close()
    for service, number in (("crew", 1), ("crew", 2), ("crew", 3), ("bystander", 1)):
        yard.remove(service, number)
    engine.close()


def _run(
    engine: docker.DockerClient, project: str, service: str, number: int, labels: dict[str, str]
) -> None:
    compose = {"project": project, "service": service, "container-number": str(number), "oneoff": "False"}
    engine.containers.run(
        NETTOOLS,
        ["sleep", "600"],
        detach=True,
        init=True,
        labels=labels | {f"com.docker.compose.{key}": value for key, value in compose.items()},
    )


async def statuses(yard: Yard) -> list[str]:
    return [(await yard.doors.docker.state(one)).status for one in CREW]


@pytest.mark.parametrize(("name", "halted"), [("container-kill", "exited"), ("container-pause", "paused")])
async def test_a_share_of_them_is_taken_and_comes_back(
    yard: Yard, tmp_path: Path, name: str, halted: str
) -> None:
    settings = settings_from(f"{{fault: {name}, service: crew, share: 0.67}}", tmp_path)
    record = fault_named(name).plan(settings, f"simulator-{name}")
    journal = journal_in_memory(yard.doors.clock)
    injector = Injector(yard.doors, journal, OpenFaults(tmp_path / "open"))
    async with injector.injected(record, 10.0):
        assert await statuses(yard) == [halted, halted, "running"]
    assert await statuses(yard) == ["running"] * 3
    assert [fact.confirmed for fact in journal.facts if isinstance(fact, FaultUndone)] == [True]


async def test_one_that_is_gone_does_not_keep_the_others_down(yard: Yard, tmp_path: Path) -> None:
    settings = settings_from("{fault: container-kill, service: crew, share: 0.67}", tmp_path)
    fault = fault_named("container-kill")
    record = await fault.aim(fault.plan(settings, "simulator-gone"), yard.doors)
    await fault.inject(record, yard.doors)
    yard.remove("crew", 1)
    with pytest.raises(DoorError, match=r"0 containers of service 'crew/1'"):
        await fault.undo(record, yard.doors)
    assert (await yard.doors.docker.state("crew/2")).status == "running"


async def test_what_wants_one_container_refuses_several(yard: Yard) -> None:
    assert await yard.doors.docker.replicas("crew") == CREW
    assert (await yard.doors.services.target("crew")).count("running") == 3
    with pytest.raises(DoorError, match=r"3 containers of service 'crew', not one .*; .* a share of several"):
        await yard.doors.docker.kill("crew")


async def test_no_more_of_them_than_the_cap_allows(yard: Yard, tmp_path: Path) -> None:
    file = tmp_path / "one-of-the-crew.yaml"
    file.write_text("title: A share\nfaults: [{fault: container-kill, service: crew, share: 0.7}]\n")
    for share, refused in ((0.5, True), (0.67, False)):
        facts = resolve("compose").facts.model_copy(update={"nets": Nets(limits=Limits(share=share))})
        plan = build_plan(RunRequest(gameday=str(file)), erpgo_with(facts), SystemClock().now())
        if refused:
            with pytest.raises(Unsafe, match=r"container-kill would take 2 of 3 of crew; a share of 0\.5"):
                await check_shares(plan, ["one-of-the-crew"], yard.doors)
        else:
            await check_shares(plan, ["one-of-the-crew"], yard.doors)


async def test_without_the_label_only_what_the_environment_lists_is_touched(yard: Yard) -> None:
    with pytest.raises(DoorError, match=r"is not touched: it lacks the label simulator\.chaos=true"):
        await yard.doors.docker.kill("bystander")
    for one in ("bystander", "bystander/1"):
        others, undoing = (
            Docker(partial(composed, yard.project), NETTOOLS, ["bystander"]),
            Docker(partial(composed, yard.project), NETTOOLS, None),
        )
        await others.pause(one)
        assert (await others.state(one)).status == "paused"
        await undoing.start(one)  # which must work though nobody lists it any more
        assert (await others.state(one)).status == "running"
        await others.close()
        await undoing.close()


async def test_they_are_found_by_name_or_label_where_no_compose_named_them(yard: Yard) -> None:
    """As an environment file of somebody else's system names them."""
    mark = f"yard={yard.project}"
    for name in ("blue", "green"):
        yard.engine.containers.run(
            NETTOOLS,
            ["sleep", "600"],
            name=f"{yard.project}-{name}",
            labels={"yard": yard.project},
            detach=True,
            init=True,
        )
    blue, green = f"{yard.project}-blue", f"{yard.project}-green"
    places = {"blue": Whereabouts(name=blue), "pair": Whereabouts(labels=(mark,))}
    theirs = Docker(listed(places), "", places)
    try:
        assert await theirs.replicas("pair") == (f"pair/{blue}", f"pair/{green}")
        await theirs.kill("blue")
        assert [(await theirs.state(f"pair/{one}")).status for one in (blue, green)] == ["exited", "running"]
        await theirs.start("blue")
        assert (await theirs.state("blue")).status == "running"
        with pytest.raises(DoorError, match="no image with network tools is named"):
            await theirs.beside("blue", "simulator-helper", "true")
    finally:
        await theirs.close()
        for name in (blue, green):
            yard.engine.containers.get(name).remove(force=True)
