"""A service of several containers: a fault takes a share of them, and the cap on that share holds."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from simulator.clock import RunClock, SystemClock
from simulator.doors import Doors
from simulator.doors.containers import ContainerServices
from simulator.doors.docker import CHAOS_LABEL, Docker
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.injection import Injector
from simulator.engine.openfaults import OpenFaults
from simulator.environment import resolve
from simulator.errors import DoorError, Unsafe
from simulator.faults import fault_named
from simulator.journal.facts import FaultUndone
from simulator.nets import Limits, Nets
from simulator.plan.build import Wish, build_plan
from simulator.preflight.nets import check_shares
from stack.compose.client import NETTOOLS
from stack.compose.info import ComposeInfo
from tests.contract.minimal import settings_from
from tests.fakes.doors import journal_in_memory

CREW = ("crew/1", "crew/2", "crew/3")


@pytest.fixture
async def doors(compose: ComposeInfo) -> AsyncIterator[Doors]:
    """Three containers of a service of their own, in a project of their own."""
    assert compose.project
    project = f"simulator-{uuid.uuid4().hex[:8]}"
    clock = RunClock(SystemClock())
    engine = docker.from_env()
    crew = [
        engine.containers.run(
            NETTOOLS,
            ["sleep", "600"],
            detach=True,
            init=True,
            labels={
                "com.docker.compose.project": project,
                "com.docker.compose.service": "crew",
                "com.docker.compose.container-number": str(number),
                "com.docker.compose.oneoff": "False",
                CHAOS_LABEL: "true",
            },
        )
        for number in (3, 1, 2)
    ]

    async def probe() -> str:
        return "the crew answers"

    opened = resolve("compose").open(clock, UnlinkedWorkload(clock))
    ours = Docker(project, NETTOOLS)
    yield replace(opened, docker=ours, services=ContainerServices(ours, {"crew": probe}))
    await ours.close()
    await opened.close()
    for one in crew:
        one.remove(force=True)
    engine.close()


async def statuses(doors: Doors) -> list[str]:
    return [(await doors.docker.state(one)).status for one in CREW]


@pytest.mark.parametrize(("name", "halted"), [("container-kill", "exited"), ("container-pause", "paused")])
async def test_a_share_of_them_is_taken_and_comes_back(
    doors: Doors, tmp_path: Path, name: str, halted: str
) -> None:
    settings = settings_from(f"{{fault: {name}, service: crew, share: 0.67}}", tmp_path)
    record = fault_named(name).plan(settings, f"simulator-{name}")
    journal = journal_in_memory(doors.clock)
    injector = Injector(doors, journal, OpenFaults(tmp_path / "open"))
    async with injector.injected(record, 10.0):
        assert await statuses(doors) == [halted, halted, "running"]
    assert await statuses(doors) == ["running"] * 3
    assert [fact.confirmed for fact in journal.facts if isinstance(fact, FaultUndone)] == [True]


async def test_what_wants_one_container_refuses_several(doors: Doors) -> None:
    assert await doors.docker.replicas("crew") == CREW
    assert (await doors.services.target("crew")).count("running") == 3
    with pytest.raises(
        DoorError, match=r"has 3 containers of service 'crew', not one; .* a share of several"
    ):
        await doors.docker.kill("crew")


async def test_no_more_of_them_than_the_cap_allows(doors: Doors, tmp_path: Path) -> None:
    file = tmp_path / "one-of-the-crew.yaml"
    file.write_text("title: A share\nfaults: [{fault: container-kill, service: crew, share: 0.7}]\n")
    for share, refused in ((0.5, True), (0.67, False)):
        facts = resolve("compose").facts.model_copy(update={"nets": Nets(limits=Limits(share=share))})
        plan = build_plan(Wish(str(file)), facts, SystemClock().now())
        if refused:
            with pytest.raises(Unsafe, match=r"container-kill would take 2 of 3 of crew; a share of 0\.5"):
                await check_shares(plan, ["one-of-the-crew"], doors)
        else:
            await check_shares(plan, ["one-of-the-crew"], doors)
