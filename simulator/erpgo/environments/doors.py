"""The doors to a stack that we start, and the facts of it that a plan needs."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from simulator.base.clock import RunClock
from simulator.base.errors import BadInput
from simulator.base.names import nearest
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.canary import ScrapedCanary
from simulator.doors.configuration import Configuration
from simulator.doors.connections import Connections
from simulator.doors.docker import Docker
from simulator.doors.hosts import hosts_in
from simulator.doors.postgres import Client, Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Probe, Services, http_probe
from simulator.doors.workload import Workload
from simulator.environments.settings import EnvironmentSettings
from simulator.erpgo.door import Erpgo
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.plan.models import StackFacts
from simulator.plan.policy import CANARY

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
APPLICATION = "erpgo-api"
"""The application name of the API's sessions in the database."""
KEYS = "erpgo:"
"""The prefix of everything the API caches."""


def doors_to(
    stack: StackInfo | ComposeInfo,
    services: Callable[[Mapping[str, Probe]], Services],
    clock: RunClock,
    workload: Workload,
    docker: Docker | None,
    configuration: Path,
) -> Doors:
    """The doors to a stack."""
    url = stack.url
    erpgo = Erpgo(url("api"), stack.chaos_token, clock.clock)
    postgres = Postgres(url("postgres"), clock.clock, Client(APPLICATION, "orders", erpgo.waiting))
    redis = Redis(url("redis"), clock.clock, KEYS)
    probes: dict[str, Probe] = {"postgres": postgres.probe, "redis": redis.probe}
    probes |= {
        name: http_probe(name, url(name), path)
        for name, path in HEALTH_PATHS.items()
        if name in stack.services
    }
    prometheus, alertmanager = Prometheus(url("prometheus")), Alertmanager(url("alertmanager"))
    return Doors(
        clock=clock,
        services=services(probes),
        databases={"postgres": postgres},
        caches={"redis": redis},
        containers=docker,
        identity=erpgo.environment,
        own={Erpgo: erpgo},
        workload=workload,
        prometheus=prometheus,
        alertmanager=alertmanager,
        canary=ScrapedCanary(workload, prometheus, alertmanager, CANARY),
        receiver=Receiver(url("receiver"), partial(receiver_token, stack.receiver_token_file)),
        configured=Configuration(configuration, url("prometheus"), url("alertmanager")),
        connections=Connections(clock.clock),
    )


def receiver_token(file: Path | None) -> str:
    """What a stack's receiver wants to be told; `file` is None where the stack made none.

    Raises:
        BadInput: there is none, or it cannot be read. The message names no path: it may enter the journal.
    """
    if file is None:
        raise BadInput(
            "it answers only those who know its token, and an older version that made none has started this stack: stop"
            " the stack and start it again (simulator stack down, simulator stack up)"
        )
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"its token cannot be read: {error.strerror}; run as the user who started the stack"
        ) from None


def hosts_of(stack: StackInfo | ComposeInfo) -> frozenset[str]:
    """Where the doors lead: by what they are given, not by what is written beside it."""
    return frozenset(
        host for endpoint in stack.services.values() for host in (endpoint.host, *hosts_in(endpoint.url))
    )


def offered(*everything: str) -> dict[str, tuple[str, ...]]:
    """What the services of our stacks offer to faults; `everything` is what all of them do."""
    special = {
        "postgres": ("database",),
        "redis": ("cache",),
        "api": ("erpgo-api",),
        "prometheus": ("configuration",),
        "alertmanager": ("configuration",),
    }
    services = {name: (*everything, *special.get(name, ())) for name in (*HEALTH_PATHS, "postgres", "redis")}
    return {"": ("traffic",), **services}


def touchable(settings: EnvironmentSettings, labelled: set[str], there: set[str]) -> tuple[str, ...]:
    """The services that may be touched: those that the settings list, or else those that carry the label.

    Raises:
        BadInput: the settings list a service that is not there.
    """
    chosen = set(settings.touch) if settings.touch else labelled
    for service in sorted(chosen - there):
        raise BadInput(
            f"environment {settings.name}: touch: unknown service {service!r}{nearest(service, there)}"
        )
    return tuple(sorted(chosen))


def facts_of(
    settings: EnvironmentSettings,
    stack: StackInfo | ComposeInfo,
    touched: tuple[str, ...],
    offers: dict[str, tuple[str, ...]],
) -> StackFacts:
    """What a plan needs to know of it."""
    return StackFacts(
        name=settings.name,
        kind=settings.stack,
        scrape_interval=stack.scrape_interval_s,
        evaluation_interval=stack.scrape_interval_s,
        chaos_services=touched,
        offers=offers,
        identity=settings.identity,
        nets=settings.nets,
    )
