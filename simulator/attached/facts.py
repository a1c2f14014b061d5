"""From what an environment file says to what plan and judge need to know."""

from dataclasses import replace
from datetime import date

from simulator.attached.service import Service
from simulator.attached.settings import AttachedSettings
from simulator.attached.survey import Found
from simulator.base.installed import load
from simulator.environments.system import SYSTEMS, System
from simulator.plan.identity import Identity
from simulator.plan.judged import Judged
from simulator.plan.models import StackFacts


def judged_by(settings: AttachedSettings, today: date) -> Judged:
    """What of its alerts is judged, before anybody has looked how long they take to resolve."""
    alerts, pages = settings.alerts, settings.pages
    return Judged(
        severities=alerts.within,
        at=pages.judge_at,
        canary=pages.canary != "none",
        speaks_of_production=False,
        routes_by_severity=False,
        told_by=pages.routes,
        matchers=alerts.judge,
        ignored=alerts.ignore,
        firing_already=tuple(
            Identity.of(one.alert, one.labels) for one in alerts.firing_already if today <= one.until
        ),
        keep=settings.labels.keep,
        targets_down=settings.exclude.targets,
    )


def facts_of(settings: AttachedSettings, judged: Judged, found: Found) -> StackFacts:
    """What a plan needs to know of it."""
    return StackFacts(
        name=settings.name,
        kind=settings.stack,
        known_as=settings.known_as,
        scrape_interval=found.scrape_interval,
        evaluation_interval=found.evaluation_interval,
        chaos_services=tuple(sorted(settings.touch)),
        offers=offers_of(settings),
        identity=settings.who.equals,
        nets=settings.nets,
        judged=judged.model_copy(
            update={"recover_within": found.recover_within, "told_within": found.told_within}
        ),
        sends_traffic=settings.traffic is not None and settings.traffic.locustfile is not None,
    )


def offers_of(settings: AttachedSettings) -> dict[str, tuple[str, ...]]:
    """What each service offers to faults, by how the file says that it is reached."""
    return {name: _offered(service, settings.nettools) for name, service in settings.services.items()}


def _offered(service: Service, nettools: str) -> tuple[str, ...]:
    ways = {
        "hold": service.docker or service.systemd,
        "container": service.docker,
        "shaping": service.docker and nettools,
        "database": service.postgres,
        "cache": service.redis,
        "command": service.command,
        "http": service.http,
    }
    return tuple(name for name, way in ways.items() if way)


def system_of(settings: AttachedSettings) -> System:
    """What is known of the system under test: by its own package, if it has one, and by the environment file."""
    known: System = load(SYSTEMS, settings.system) if settings.system else System(name=settings.name)
    jobs = {job: name for name, service in settings.services.items() for job in service.jobs or (name,)}
    counted = settings.traffic.counted if settings.traffic else ""
    return replace(known, witness=counted or known.witness, jobs={**known.jobs, **jobs}, has_strangers=True)
