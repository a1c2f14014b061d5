"""Environments: where a run takes place, what may be touched there, and the doors to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from simulator.clock import RunClock
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.configuration import Configuration
from simulator.doors.connections import Connections
from simulator.doors.containers import ContainerServices
from simulator.doors.docker import Docker, touchable_services
from simulator.doors.erpgo import Erpgo
from simulator.doors.postgres import Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Probe, Services, SupervisedServices, http_probe
from simulator.doors.workload import Workload
from simulator.errors import BadInput, StackError
from simulator.faults import StackKind
from simulator.names import nearest, shown
from simulator.plan.models import StackFacts
from stack.compose import client as compose
from stack.compose.client import NETTOOLS
from stack.compose.info import ComposeInfo
from stack.supervisor.client import Connection, running
from stack.supervisor.paths import embedded_folder
from stack.supervisor.protocol import StackInfo

HEALTH_PATHS = {
    "api": "/health",
    "receiver": "/health",
    "prometheus": "/-/ready",
    "alertmanager": "/-/ready",
    "node-exporter": "/metrics",
    "postgres-exporter": "/metrics",
    "redis-exporter": "/metrics",
    "nginx": "/nginx-health",
    "grafana": "/api/health",
    "loki": "/ready",
    "promtail": "/ready",
    "cadvisor": "/healthz",
}
"""What each service's own health question is, for those that speak HTTP."""


class Environment(Protocol):
    """A place to run in."""

    @property
    def state(self) -> Path:
        """The folder of this stack instance's open faults and run lock."""
        ...

    @property
    def facts(self) -> StackFacts: ...

    def open(self, clock: RunClock, workload: Workload) -> Doors:
        """The doors to everything in it."""
        ...


@dataclass(frozen=True)
class Embedded:
    """The supervised stack of this checkout."""

    stack: StackInfo
    facts: StackFacts

    @property
    def state(self) -> Path:
        return self.stack.folder

    def open(self, clock: RunClock, workload: Workload) -> Doors:
        def services(probes: Mapping[str, Probe]) -> Services:
            return SupervisedServices(self.stack, probes, clock.clock)

        return _doors(self.stack, services, clock, workload, Docker("", ""), self.stack.targets.parent)


@dataclass(frozen=True)
class Composed:
    """The stack as containers."""

    stack: ComposeInfo
    facts: StackFacts

    @property
    def state(self) -> Path:
        return self.stack.folder

    def open(self, clock: RunClock, workload: Workload) -> Doors:
        docker = Docker(self.stack.project, NETTOOLS)

        def services(probes: Mapping[str, Probe]) -> Services:
            return ContainerServices(docker, probes)

        return _doors(
            self.stack, services, clock, workload, docker, self.stack.folder / compose.CONFIGURATION
        )


def _doors(
    stack: StackInfo | ComposeInfo,
    services: Callable[[Mapping[str, Probe]], Services],
    clock: RunClock,
    workload: Workload,
    docker: Docker,
    configuration: Path,
) -> Doors:
    """The doors to a stack."""
    url = stack.url
    postgres = Postgres(url("postgres"), clock.clock)
    redis = Redis(url("redis"), clock.clock)
    probes: dict[str, Probe] = {"postgres": postgres.probe, "redis": redis.probe}
    probes |= {
        name: http_probe(name, url(name), path)
        for name, path in HEALTH_PATHS.items()
        if name in stack.services
    }
    return Doors(
        clock=clock,
        services=services(probes),
        erpgo=Erpgo(url("api"), stack.chaos_token, clock.clock),
        postgres=postgres,
        redis=redis,
        docker=docker,
        workload=workload,
        prometheus=Prometheus(url("prometheus")),
        alertmanager=Alertmanager(url("alertmanager")),
        receiver=Receiver(url("receiver")),
        configuration=Configuration(configuration, url("prometheus"), url("alertmanager")),
        connections=Connections(url("api"), clock.clock),
    )


KNOWN: tuple[StackKind, ...] = ("embedded", "compose")


def check_name(name: str) -> None:
    """Refuse an environment that cannot be resolved, before anything is started for it.

    Raises:
        BadInput: the name is not known.
    """
    if name not in KNOWN:
        raise BadInput(f"unknown environment {shown(name)}{nearest(name, KNOWN)}")


def kind_of(name: str) -> StackKind:
    """The kind of the stack that an environment's name stands for.

    Raises:
        BadInput: the name is not known.
    """
    check_name(name)
    return next(kind for kind in KNOWN if kind == name)


def resolve(name: str) -> Environment:
    """The environment of this name.

    Raises:
        BadInput: the name is not known.
        StackError: its stack is not running.
    """
    check_name(name)
    return _composed() if name == "compose" else _embedded()


def _embedded() -> Embedded:
    stack = running(embedded_folder())
    if stack is None:
        raise StackError("the embedded stack is not running; start it with: simulator stack up")
    connection = Connection(stack)
    try:
        services = connection.status().services
    finally:
        connection.close()
    touchable = tuple(sorted(service for service, status in services.items() if status.chaos))
    return Embedded(stack, _facts("embedded", stack.scrape_interval_s, touchable))


def _composed() -> Composed:
    stack = compose.running()
    if stack is None:
        raise StackError(
            "the compose stack is not running; start it with: simulator stack up --environment compose"
        )
    touchable = tuple(sorted(touchable_services(stack.project)))
    return Composed(stack, _facts("compose", stack.scrape_interval_s, touchable))


def _facts(kind: Literal["embedded", "compose"], interval: float, touchable: tuple[str, ...]) -> StackFacts:
    return StackFacts(
        name=kind,
        kind=kind,
        scrape_interval=interval,
        evaluation_interval=interval,
        chaos_services=touchable,
    )
