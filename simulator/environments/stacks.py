"""Environments: where a run takes place, what may be touched there, and the doors to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from simulator.base.clock import Clock, RunClock
from simulator.base.errors import BadInput, StackError
from simulator.base.names import nearest
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.configuration import Configuration
from simulator.doors.connections import Connections
from simulator.doors.containers import ContainerServices
from simulator.doors.docker import Docker, touchable_services
from simulator.doors.erpgo import Erpgo
from simulator.doors.hosts import hosts_in
from simulator.doors.postgres import Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Probe, Services, SupervisedServices, http_probe
from simulator.doors.workload import Workload
from simulator.environments.settings import EnvironmentSettings, environment_settings
from simulator.environments.system import System
from simulator.erpgo.stack.compose import client as compose
from simulator.erpgo.stack.compose.client import NETTOOLS
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.erpgo.stack.supervisor.client import Connection, running
from simulator.erpgo.stack.supervisor.paths import embedded_folder, state_home, stop_file
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.erpgo.system import ERPGO
from simulator.faults import StackKind
from simulator.plan.models import StackFacts
from simulator.safety.audit import AuditTrail
from simulator.safety.stopsign import StopSign

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
    def settings(self) -> EnvironmentSettings: ...

    @property
    def hosts(self) -> frozenset[str]:
        """Where its services are reached."""
        ...

    @property
    def facts(self) -> StackFacts: ...

    @property
    def system(self) -> System:
        """What runs there and is to be watched."""
        ...

    def open(self, clock: RunClock, workload: Workload, *, to_undo: bool = False) -> Doors:
        """The doors to everything in it; `to_undo` also to what no longer may be touched."""
        ...


@dataclass(frozen=True)
class Embedded:
    """The supervised stack of this checkout."""

    stack: StackInfo
    settings: EnvironmentSettings
    facts: StackFacts
    system: System = ERPGO

    @property
    def state(self) -> Path:
        return self.stack.folder

    @property
    def hosts(self) -> frozenset[str]:
        return _hosts(self.stack)

    def open(self, clock: RunClock, workload: Workload, *, to_undo: bool = False) -> Doors:  # noqa: ARG002  nothing changes here
        def services(probes: Mapping[str, Probe]) -> Services:
            return SupervisedServices(self.stack, probes, clock.clock)

        return _doors(self.stack, services, clock, workload, Docker("", ""), self.stack.targets.parent)


@dataclass(frozen=True)
class Composed:
    """The stack as containers."""

    stack: ComposeInfo
    settings: EnvironmentSettings
    facts: StackFacts
    system: System = ERPGO

    @property
    def state(self) -> Path:
        return self.stack.folder

    @property
    def hosts(self) -> frozenset[str]:
        return _hosts(self.stack) | self.stack.engine.hosts

    def open(self, clock: RunClock, workload: Workload, *, to_undo: bool = False) -> Doors:
        listed = None if to_undo else self.settings.touch or ()
        docker = Docker(self.stack.project, NETTOOLS, listed, self.stack.engine)

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
        receiver=Receiver(url("receiver"), stack.receiver_token_file),
        configuration=Configuration(configuration, url("prometheus"), url("alertmanager")),
        connections=Connections(clock.clock),
    )


def _hosts(stack: StackInfo | ComposeInfo) -> frozenset[str]:
    """Where the doors lead: by what they are given, not by what is written beside it."""
    return frozenset(
        host for endpoint in stack.services.values() for host in (endpoint.host, *hosts_in(endpoint.url))
    )


def stop_sign() -> StopSign:
    """The one stop sign of this machine's user, whichever environment runs."""
    return StopSign(stop_file())


def audit_trail(clock: Clock, environment: str = "") -> AuditTrail:
    """The one audit trail of this machine's user, for entries on an environment."""
    return AuditTrail(state_home() / "audit.jsonl", clock, environment)


def kind_of(name: str) -> StackKind:
    """The kind of the stack that an environment's name, or its file, stands for.

    Raises:
        BadInput: the name is not known, or the file does not validate.
    """
    return environment_settings(name).stack


def resolve(name: str) -> Environment:
    """The environment of this name, or of this file.

    Raises:
        BadInput: the name is not known, the file does not validate, or lists what is not there.
        StackError: its stack is not running.
    """
    settings = environment_settings(name)
    return _composed(settings) if settings.stack == "compose" else _embedded(settings)


def everywhere() -> Iterator[Callable[[], Environment | None]]:
    """Every stack of this user: the embedded ones of all checkouts, and the containers. Asked for one by one.

    Each gives None when it does not run, and raises StackError when it does not answer.
    """
    settings = EnvironmentSettings(name="embedded", stack="embedded")
    for folder in sorted(state_home().glob("embedded-*")):
        if folder.is_dir():
            yield partial(_embedded_in, folder, settings)
    yield lambda: resolve("compose") if compose.running() is not None else None


def _embedded_in(folder: Path, settings: EnvironmentSettings) -> Environment | None:
    stack = running(folder)
    return None if stack is None else _embedded_at(stack, settings)


def _embedded(settings: EnvironmentSettings) -> Embedded:
    stack = running(embedded_folder())
    if stack is None:
        raise StackError("the embedded stack is not running; start it with: simulator stack up")
    return _embedded_at(stack, settings)


def _embedded_at(stack: StackInfo, settings: EnvironmentSettings) -> Embedded:
    connection = Connection(stack)
    try:
        services = connection.status().services
    finally:
        connection.close()
    # The supervisor itself touches no other service, whatever an environment lists.
    labelled = {service for service, status in services.items() if status.chaos}
    return Embedded(stack, settings, _facts(settings, stack, labelled, labelled))


def _composed(settings: EnvironmentSettings) -> Composed:
    stack = compose.running()
    if stack is None:
        raise StackError(
            "the compose stack is not running; start it with: simulator stack up --environment compose"
        )
    labelled = touchable_services(stack.project, stack.engine)
    return Composed(stack, settings, _facts(settings, stack, labelled, set(stack.services)))


def _facts(
    settings: EnvironmentSettings, stack: StackInfo | ComposeInfo, labelled: set[str], there: set[str]
) -> StackFacts:
    touchable = set(settings.touch) if settings.touch else labelled
    for service in sorted(touchable - there):
        raise BadInput(
            f"environment {settings.name}: touch: unknown service {service!r}{nearest(service, there)}"
        )
    return StackFacts(
        name=settings.name,
        kind=settings.stack,
        scrape_interval=stack.scrape_interval_s,
        evaluation_interval=stack.scrape_interval_s,
        chaos_services=tuple(sorted(touchable)),
        identity=settings.identity,
        nets=settings.nets,
    )
