"""Environments: where a run takes place, what may be touched there, and the doors to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simulator.clock import RunClock
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.erpgo import Erpgo
from simulator.doors.postgres import Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Probe, SupervisedServices, http_probe
from simulator.doors.workload import Workload
from simulator.errors import BadInput, StackError
from simulator.names import nearest
from simulator.plan.models import StackFacts
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
        postgres = Postgres(self.stack.url("postgres"), clock.clock)
        redis = Redis(self.stack.url("redis"), clock.clock)
        probes: dict[str, Probe] = {"postgres": postgres.probe, "redis": redis.probe}
        for service, path in HEALTH_PATHS.items():
            probes[service] = http_probe(service, self.stack.url(service), path)
        return Doors(
            clock=clock,
            services=SupervisedServices(self.stack, probes, clock.clock),
            erpgo=Erpgo(self.stack.url("api")),
            postgres=postgres,
            redis=redis,
            workload=workload,
            prometheus=Prometheus(self.stack.url("prometheus")),
            alertmanager=Alertmanager(self.stack.url("alertmanager")),
            receiver=Receiver(self.stack.url("receiver")),
        )


KNOWN = ("embedded",)


def check_name(name: str) -> None:
    """Refuse an environment that cannot be resolved, before anything is started for it.

    Raises:
        BadInput: the name is not known.
    """
    if name not in KNOWN:
        raise BadInput(f"unknown environment {name!r}{nearest(name, KNOWN)}")


def resolve(name: str) -> Environment:
    """The environment of this name.

    Raises:
        BadInput: the name is not known.
        StackError: its stack is not running.
    """
    check_name(name)
    stack = running(embedded_folder())
    if stack is None:
        raise StackError("the embedded stack is not running; start it with: simulator stack up")
    connection = Connection(stack)
    try:
        services = connection.status().services
    finally:
        connection.close()
    facts = StackFacts(
        name=name,
        kind="embedded",
        scrape_interval=stack.scrape_interval_s,
        evaluation_interval=stack.scrape_interval_s,
        chaos_services=tuple(sorted(service for service, status in services.items() if status.chaos)),
    )
    return Embedded(stack, facts)
