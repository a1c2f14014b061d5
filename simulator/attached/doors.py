"""The doors to somebody else's system, from what the environment file says."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from simulator.attached.acts import hooks_of, programs_of
from simulator.attached.containers import docker_of
from simulator.attached.reach import Reach
from simulator.attached.service import Service
from simulator.attached.services import AttachedServices
from simulator.attached.settings import AttachedSettings, SystemIdentity
from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.canary import Canary, PostedCanary, ScrapedCanary
from simulator.doors.connections import Connections
from simulator.doors.containers import ContainerServices
from simulator.doors.docker import Docker
from simulator.doors.endpoint import Endpoint
from simulator.doors.http import JsonClient
from simulator.doors.labels import SeverityLabel
from simulator.doors.opened import WhenAsked
from simulator.doors.postgres import Client, Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Probe, Services, http_probe
from simulator.doors.systemd import Systemd
from simulator.doors.unheld import UnheldServices
from simulator.doors.units import UnitServices
from simulator.doors.workload import Workload
from simulator.plan.policy import CANARY

NOTES = "programs"
"""The folder, in that of the environment's state, in which it is noted which programs run."""


def doors_to(
    settings: AttachedSettings,
    reach: Reach,
    state: Path,
    clock: RunClock,
    workload: Workload,
    *,
    to_undo: bool,
) -> Doors:
    """All of them; `to_undo` those that an undo goes through, for which no credentials of the monitoring are needed.

    Raises:
        BadInput: a secret cannot be had.
    """
    services = settings.services if to_undo else {name: settings.services[name] for name in settings.touch}
    databases = WhenAsked(
        {name: partial(_postgres, one, reach, clock) for name, one in services.items() if one.postgres}
    )
    caches = WhenAsked(
        {name: partial(_redis, one, reach, clock) for name, one in services.items() if one.redis}
    )
    docker = docker_of(settings, services, to_undo=to_undo)
    prometheus, alertmanager = _monitoring(settings, reach, to_undo=to_undo)
    return Doors(
        clock=clock,
        services=_services(services, _probes(services, reach, databases, caches), docker),
        workload=workload,
        prometheus=prometheus,
        alertmanager=alertmanager,
        connections=Connections(clock.clock),
        receiver=None if to_undo else _receiver(settings, reach),
        canary=_canary(settings, prometheus, alertmanager, clock, workload),
        databases=databases,
        caches=caches,
        programs={
            name: programs_of(one.command, settings.folder, state / NOTES)
            for name, one in services.items()
            if one.command
        },
        hooks={
            name: hooks_of(one.http, settings.auth, settings.tls, settings.folder)
            for name, one in services.items()
            if one.http
        },
        containers=docker,
        identity=partial(_identity, settings.who, reach, prometheus),
    )


def _services(
    services: Mapping[str, Service], probes: Mapping[str, Probe], docker: Docker | None
) -> Services:
    """Each by what it is."""
    units = {name: one.systemd for name, one in services.items() if one.systemd}
    unheld = {name: _what(one) for name, one in services.items() if not (one.systemd or one.docker)}
    kinds: dict[str, Services] = dict.fromkeys(unheld, UnheldServices(unheld, probes))
    kinds |= dict.fromkeys(units, UnitServices(Systemd(), units, probes))
    if docker is not None:
        contained = [name for name, one in services.items() if one.docker]
        kinds |= dict.fromkeys(contained, ContainerServices(docker, probes))
    return AttachedServices(kinds)


def _what(service: Service) -> str:
    """As people call it."""
    if service.postgres:
        return "a database"
    return "a cache" if service.redis else "what programs or requests of yours harm"


def _monitoring(
    settings: AttachedSettings, reach: Reach, *, to_undo: bool
) -> tuple[Prometheus, Alertmanager]:
    severity = SeverityLabel(settings.alerts.severity_label)
    if to_undo:  # they are not asked then
        return Prometheus(settings.prometheus.url, severity), Alertmanager(
            settings.alertmanagers[0].url, severity=severity
        )
    peers = [reach.api(one) for one in settings.alertmanagers]
    return Prometheus(reach.api(settings.prometheus), severity), Alertmanager(*peers, severity=severity)


def _receiver(settings: AttachedSettings, reach: Reach) -> Receiver | None:
    api = settings.pages.receiver
    if api is None:
        return None
    at = Endpoint(api.url, certificates=reach.certificates, timeout=api.timeout)
    return Receiver(at, partial(reach.revealed, api.token), SeverityLabel(settings.alerts.severity_label))


def _canary(
    settings: AttachedSettings,
    prometheus: Prometheus,
    alertmanager: Alertmanager,
    clock: RunClock,
    workload: Workload,
) -> Canary | None:
    pages = settings.pages
    if pages.canary == "none":
        return None
    if pages.canary == "scrape":
        return ScrapedCanary(workload, prometheus, alertmanager, CANARY)
    return PostedCanary(alertmanager, clock, {**pages.canary_labels, "alertname": CANARY})


def _postgres(service: Service, reach: Reach, clock: RunClock) -> Postgres:
    dsn = reach.revealed(service.postgres or "")
    return Postgres(dsn, clock.clock, Client(service.application, service.table))


def _redis(service: Service, reach: Reach, clock: RunClock) -> Redis:
    url = reach.revealed(service.redis or "")
    return Redis(url, clock.clock, service.prefix, reach.certificates)


def _probes(
    services: Mapping[str, Service],
    reach: Reach,
    databases: Mapping[str, Postgres],
    caches: Mapping[str, Redis],
) -> dict[str, Probe]:
    """What each service is asked for whether it is well: its own address, or else what it is."""

    async def of_database(name: str) -> str:
        return await databases[name].probe()

    async def of_cache(name: str) -> str:
        return await caches[name].probe()

    found: dict[str, Probe] = {}
    for name, service in services.items():
        if service.probe:
            found[name] = probe_of(name, service.probe, reach)
        elif service.postgres:
            found[name] = partial(of_database, name)
        elif service.redis:
            found[name] = partial(of_cache, name)
    return found


def probe_of(name: str, url: str, reach: Reach) -> Probe:
    """A question to an address, path and all."""
    parts = urlsplit(url)
    path = parts._replace(scheme="", netloc="").geturl() or "/"
    return http_probe(
        name, Endpoint(f"{parts.scheme}://{parts.netloc}", certificates=reach.certificates), path
    )


async def _identity(who: SystemIdentity, reach: Reach, prometheus: Prometheus) -> str:
    """What the system says of itself.

    Raises:
        DoorError: it does not answer, or does not say.
    """
    if who.label is not None:
        labels = await prometheus.external_labels()
        if who.label not in labels:
            raise DoorError(
                f"Prometheus has no external label {who.label!r}; it has {', '.join(sorted(labels)) or 'none'}"
            )
        return labels[who.label]
    parts = urlsplit(who.url or "")
    client = JsonClient(
        "the identity", Endpoint(f"{parts.scheme}://{parts.netloc}", certificates=reach.certificates)
    )
    try:
        said = await client.get(parts.path or "/")
    finally:
        await client.close()
    if not isinstance(said, dict) or who.json_key not in said:
        raise DoorError(f"the identity at {parts.path or '/'} has no key {who.json_key!r}")
    return str(said[who.json_key])
