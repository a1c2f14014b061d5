"""Containers with settings that Compose files seldom have, and the engine's whole description of them."""

import socket
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import docker
from docker.models.containers import Container

from simulator.base.clock import RunClock, SystemClock
from simulator.doors import Doors
from simulator.doors.containers import ContainerServices
from simulator.doors.docker import CHAOS_LABEL, Docker
from simulator.doors.whereabouts import composed
from simulator.doors.workload import UnlinkedWorkload
from simulator.environments.registry import resolve
from simulator.erpgo.stack.compose.client import NETTOOLS
from simulator.erpgo.stack.compose.info import ComposeInfo

MIB = 1024 * 1024
SERVICE = "odd"
NEIGHBOUR = "neighbour"
SUBNETS = ("198.18.77", "198.18.78")
"""Of the range that RFC 2544 keeps for tests."""


@dataclass(frozen=True)
class Workshop:
    """A project of its own on the Docker engine, in which containers are made by hand."""

    project: str
    doors: Doors
    engine: docker.DockerClient

    def run(self, service: str = SERVICE, **settings: Any) -> Container:
        """Start a container that may be touched, from the image with network tools."""
        compose = {"project": self.project, "service": service, "container-number": "1", "oneoff": "False"}
        labels = {f"com.docker.compose.{key}": value for key, value in compose.items()}
        container: Container = self.engine.containers.create(
            NETTOOLS,
            settings.pop("command", ["sleep", "600"]),
            name=f"{self.project}-{service}",
            init=True,
            labels={CHAOS_LABEL: "true", **labels},
            **settings,
        )
        return container

    def network(self, number: int) -> str:
        """A network with a subnet of its own, which is what a fixed address needs."""
        name = f"{self.project}-{number}"
        pool = docker.types.IPAMPool(subnet=f"{SUBNETS[number]}.0/24")
        self.engine.networks.create(name, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
        return name

    def remove(self) -> None:
        """Everything that was made here."""
        for one in self.engine.containers.list(all=True, filters={"name": self.project}):
            one.remove(force=True)
        for network in self.engine.networks.list(names=[self.project]):
            network.remove()


@asynccontextmanager
async def workshop(stack: ComposeInfo) -> AsyncIterator[Workshop]:
    """Open one, and leave nothing behind."""
    project = f"{stack.project}-{uuid.uuid4().hex[:8]}"
    clock = RunClock(SystemClock())
    opened = resolve("compose").open(clock, UnlinkedWorkload(clock))
    shop = Workshop(project, in_project(opened, project), docker.from_env())
    try:
        yield shop
    finally:
        shop.remove()
        await shop.doors.docker.close()
        await opened.close()
        shop.engine.close()


def in_project(doors: Doors, project: str) -> Doors:
    """The same doors, with those to containers leading into a project; as another process would open them."""

    async def probe() -> str:
        return "it answers"

    ours = Docker(partial(composed, project), NETTOOLS)
    return replace(
        doors, containers=ours, services=ContainerServices(ours, {SERVICE: probe, NEIGHBOUR: probe})
    )


def fully_set(shop: Workshop) -> Container:
    """Fixed addresses on two networks, names, links and driver options; every limit; a bounded restart policy."""
    first, second = shop.network(0), shop.network(1)
    shop.run(NEIGHBOUR, network=first).start()
    ends = shop.engine.api
    container = shop.run(
        mac_address="02:de:ad:be:ef:01",
        mem_limit=64 * MIB,
        mem_reservation=48 * MIB,
        memswap_limit=-1,
        mem_swappiness=10,
        cpu_shares=512,
        nano_cpus=500_000_000,
        pids_limit=100,
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 3},
        sysctls={"net.ipv4.ip_unprivileged_port_start": "1024"},
        healthcheck={"test": ["CMD", "true"], "interval": 1_000_000_000},
        tmpfs={"/scratch": "size=1m"},
        ports={"8000/tcp": ("127.0.0.1", free_port())},
        network=first,
        networking_config={
            first: ends.create_endpoint_config(
                ipv4_address=f"{SUBNETS[0]}.77",
                aliases=["shop", "cache"],
                links={f"{shop.project}-{NEIGHBOUR}": "db"},
                driver_opt={"com.example.first": "1"},
            )
        },
    )
    shop.engine.networks.get(second).connect(
        container,
        ipv4_address=f"{SUBNETS[1]}.88",
        link_local_ips=["169.254.34.68"],
        aliases=["back-office"],
        driver_opt={"com.example.second": "2"},
    )
    container.start()
    return container


def by_period(shop: Workshop) -> Container:
    """A quota in a period of its own, swap beside memory, the engine's default network."""
    container = shop.run(
        mem_limit=64 * MIB,
        memswap_limit=100 * MIB,
        cpu_period=50_000,
        cpu_quota=25_000,
        cpuset_cpus="0",
        restart_policy={"Name": "unless-stopped"},
    )
    container.start()
    return container


def unlimited_cpu(shop: Workshop) -> Container:
    """No limit on CPU, a name that is not its service's, addresses as they come."""
    first = shop.network(0)
    container = shop.run(
        mem_limit=64 * MIB,
        restart_policy={"Name": "always"},
        network=first,
        networking_config={first: shop.engine.api.create_endpoint_config(aliases=["nickname"])},
    )
    container.start()
    return container


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def described(container: Container) -> dict[str, object]:
    """All that the engine says of it, one line for each value."""
    container.reload()
    return dict(_lines("", container.attrs))


def _lines(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _lines(f"{path}/{key}", inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield path, sorted(map(str, value))
    else:
        yield path, value
