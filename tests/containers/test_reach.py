"""A fault reaches only what it names: what shares a namespace with its target is found, named, and left alone."""

import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from simulator.base.clock import SystemClock
from simulator.base.errors import Unsafe
from simulator.commands.dry_run import dry_run
from simulator.engine.injection import Injector, NotEffective
from simulator.engine.openfaults import OpenFaults
from simulator.environments.registry import resolve
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.faults import fault_named
from simulator.journal.facts import FaultChecked
from simulator.plan.build import build_plan
from simulator.plan.request import RunRequest
from simulator.preflight.reach import check_reach
from tests.containers.oddities import NEIGHBOUR, SERVICE, Workshop, described, free_port, workshop
from tests.contract.minimal import settings_from
from tests.fakes.doors import journal_in_memory
from tests.fakes.surroundings import erpgo_with

ENDING = ("container-kill", "container-stop", "container-crash", "container-oom", "service-kill")
SHAPING = ("network-loss", "network-delay", "bandwidth-limit")
"""The container stays on its networks, and its ports stay bound."""
NETWORKING = ("network-cut", *SHAPING)
HARMLESS = ("container-pause", "service-hang", "cpu-throttle")
"""The freezer and the limits are of the control group, which no two containers share."""
MEMORY: dict[str, Any] = {"mem_limit": 64 * 1024 * 1024}


@pytest.fixture
async def shop(compose: ComposeInfo) -> AsyncIterator[Workshop]:
    async with workshop(compose) as opened:
        yield opened


def borrowing(what: str) -> Callable[[Workshop], str]:
    """Its target lives in the neighbour's namespace."""

    def make(shop: Workshop) -> str:
        owner = shop.run(NEIGHBOUR)
        owner.start()
        shop.run(**MEMORY, **{what: f"container:{owner.id}"}).start()
        return f" {owner.name}"

    return make


def lending(what: str, **more: Any) -> Callable[[Workshop], str]:
    """The neighbour lives in the target's namespace; by name, which is as good as an id."""

    def make(shop: Workshop) -> str:
        owner = shop.run(**MEMORY, **more)
        owner.start()
        shop.run(NEIGHBOUR, **{what: f"container:{owner.name}"}).start()
        return f" to container {shop.project}-{NEIGHBOUR}"

    return make


def alone(**settings: Any) -> Callable[[Workshop], str]:
    def make(shop: Workshop) -> str:
        shop.run(**MEMORY, **settings).start()
        return ""

    return make


REFUSED = [
    *(
        (name, "its processes are the machine's", alone(pid_mode="host"), "with the whole machine")
        for name in ("container-crash",)
    ),
    (
        "container-crash",
        "its processes are a neighbour's",
        borrowing("pid_mode"),
        "its processes with container",
    ),
    *(
        (
            name,
            "its network is the machine's",
            alone(network_mode="host"),
            "its network with the whole machine",
        )
        for name in NETWORKING
    ),
    *(
        (name, "its network is a neighbour's", borrowing("network_mode"), "its network with container")
        for name in NETWORKING
    ),
    ("network-cut", "it has no network", alone(network_mode="none"), "has no network"),
    *(
        (name, "a neighbour uses its network", lending("network_mode"), "lends its network namespace")
        for name in (*NETWORKING, *ENDING)
    ),
    *(
        (name, "a neighbour uses its processes", lending("pid_mode"), "lends its process namespace")
        for name in ENDING
    ),
    (
        "container-kill",
        "a neighbour uses its IPC",
        lending("ipc_mode", ipc_mode="shareable"),
        "lends its IPC namespace",
    ),
    *(
        (
            name,
            "it is removed when it stops",
            alone(auto_remove=True),
            r"removed as soon as it stops \(--rm\)",
        )
        for name in ENDING
    ),
    *(
        (
            name,
            "its port is chosen anew",
            alone(ports={"80/tcp": ("127.0.0.1", None)}),
            "publishes 80/tcp on a port",
        )
        for name in ("container-kill", "network-cut")
    ),
]
ALLOWED = [
    *((name, "everything is shared", lending("network_mode")) for name in HARMLESS),
    *(
        (name, "its processes are the machine's", alone(pid_mode="host"))
        for name in (*HARMLESS, "container-kill")
    ),
    *(
        (name, "its network is a neighbour's", borrowing("network_mode"))
        for name in (*HARMLESS, "container-kill")
    ),
    *((name, "nothing is shared", alone()) for name in (*ENDING, *NETWORKING, *HARMLESS)),
    *((name, "its port is chosen anew", alone(ports={"80/tcp": ("127.0.0.1", None)})) for name in SHAPING),
]


def named(case: object) -> str | None:
    return case if isinstance(case, str) else ""


@pytest.mark.parametrize(("name", "how", "make", "why"), REFUSED, ids=named)
async def test_what_would_reach_further_is_not_injected(
    shop: Workshop, tmp_path: Path, name: str, how: str, make: Callable[[Workshop], str], why: str
) -> None:
    assert how
    whom = make(shop)
    everybody = shop.engine.containers.list(filters={"name": shop.project})
    before = [described(one) for one in everybody]
    file = tmp_path / "too-far.yaml"
    file.write_text(f"title: Too far\nfaults: [{{fault: {name}, service: {SERVICE}}}]\n")
    facts = resolve("compose").facts
    plan = build_plan(RunRequest(gameday=str(file)), erpgo_with(facts), SystemClock().now())
    with pytest.raises(
        Unsafe, match=f"experiment too-far: {name} would reach further than it says: .*{why}.*{whom}$"
    ):
        await check_reach(plan, ["too-far"], shop.doors)

    # And once more right before it is injected: containers come and go.
    record = fault_named(name).plan(
        settings_from(f"{{fault: {name}, service: {SERVICE}}}", tmp_path), "simulator-far"
    )
    journal = journal_in_memory(shop.doors.clock)
    with pytest.raises(NotEffective):
        async with Injector(shop.doors, journal, OpenFaults(tmp_path / "open")).injected(record, 5.0):
            pytest.fail("it must not be injected")
    (check,) = [fact for fact in journal.facts if isinstance(fact, FaultChecked)]
    assert check.observed.startswith(f"not injected: container {shop.project}-{SERVICE} "), check.observed
    assert [described(one) for one in everybody] == before


@pytest.mark.parametrize(("name", "how", "make"), ALLOWED, ids=named)
async def test_what_harms_its_target_alone_is_not_refused(
    shop: Workshop, tmp_path: Path, name: str, how: str, make: Callable[[Workshop], str]
) -> None:
    assert how
    make(shop)
    record = fault_named(name).plan(
        settings_from(f"{{fault: {name}, service: {SERVICE}}}", tmp_path), "simulator-near"
    )
    assert await fault_named(name).overreach(record, shop.doors) == ""


async def test_what_is_half_on_its_network_is_not_cut_off(shop: Workshop, tmp_path: Path) -> None:
    """Nothing is known by which it could be put back: a cut and its undo would both do nothing."""
    network, port = shop.network(0), free_port()
    container = shop.run(ports={"8000/tcp": ("127.0.0.1", port)}, network=network)
    container.start()
    record = fault_named("network-cut").plan(
        settings_from(f"{{fault: network-cut, service: {SERVICE}}}", tmp_path), "simulator-half"
    )
    assert await fault_named("network-cut").overreach(record, shop.doors) == ""
    there = shop.engine.networks.get(network)
    there.disconnect(container, force=True)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(APIError, match="address already in use"):
        there.connect(container)
    refusal = await fault_named("network-cut").overreach(record, shop.doors)
    assert f"container of {SERVICE} is on no network, or half connected to one" in refusal


async def test_the_helper_of_another_fault_does_not_count_as_a_neighbour(
    shop: Workshop, tmp_path: Path
) -> None:
    shop.run().start()
    await shop.doors.docker.keep_beside(SERVICE, f"{shop.project}-helper", 60, "true")
    record = fault_named("container-kill").plan(
        settings_from(f"{{fault: container-kill, service: {SERVICE}}}", tmp_path), "simulator-helped"
    )
    assert await fault_named("container-kill").overreach(record, shop.doors) == ""


async def test_traffic_shaping_of_its_own_is_left_alone(shop: Workshop, tmp_path: Path) -> None:
    shop.run(cap_add=["NET_ADMIN"]).start()
    own = "tc qdisc add dev eth0 root tbf rate 1mbit burst 8kb latency 2s; iptables -A INPUT -p tcp --dport 9 -j DROP"
    show = "tc qdisc show dev eth0; iptables -S 2>/dev/null"
    await shop.doors.docker.beside(SERVICE, f"{shop.project}-set", own)
    before = await shop.doors.docker.beside(SERVICE, f"{shop.project}-look", show)
    assert "tbf" in before
    for name in ("bandwidth-limit", "network-loss"):
        settings = settings_from(f"{{fault: {name}, service: {SERVICE}}}", tmp_path)
        record = fault_named(name).plan(settings, f"{shop.project}-{name}")
        journal = journal_in_memory(shop.doors.clock)
        with pytest.raises(NotEffective):
            async with Injector(shop.doors, journal, OpenFaults(tmp_path / "open")).injected(record, 1.0):
                pytest.fail("nobody sends anything")
        assert await shop.doors.docker.beside(SERVICE, f"{shop.project}-look", show) == before
        told = [fact.observed for fact in journal.facts if isinstance(fact, FaultChecked)]
        assert ("shapes its traffic itself" in told[0]) == (name == "bandwidth-limit"), told


@pytest.mark.usefixtures("compose")
async def test_a_dry_run_refuses_it_too(shop: Workshop, compose: ComposeInfo, tmp_path: Path) -> None:
    guest = shop.engine.containers.create(
        "erpgo-simulator/nettools:bookworm",
        ["sleep", "600"],
        name=f"{shop.project}-guest",
        network_mode=f"container:{compose.project}-redis-exporter",
        init=True,
    )
    guest.start()
    file = tmp_path / "guest.yaml"
    file.write_text("title: A guest\nfaults: [{fault: container-kill, service: redis-exporter}]\n")
    with pytest.raises(Unsafe, match=f"lends its network namespace to container {shop.project}-guest"):
        await dry_run(RunRequest(gameday=str(file), environment="compose"))
