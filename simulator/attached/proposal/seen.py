"""What Prometheus and Alertmanager tell of a system that nobody has described yet."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from simulator.attached.proposal.entrance import Entrance
from simulator.attached.proposal.severities import Severities, severities_of
from simulator.base.errors import BadInput, DoorError
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.prometheus import LoadedRule, Prometheus, ScrapeTarget
from simulator.preflight.receivers import Told, read_receivers

TELLTALES = {"pg_up": "database", "mysql_up": "database", "redis_up": "cache"}
"""What is behind an exporter, by the metric that says whether it answers."""
_WATCHERS = {
    "probe_success": "prober",
    "prometheus_build_info": "monitoring",
    "alertmanager_build_info": "monitoring",
}
"""Jobs that watch, and are not what is watched."""
_SAYS_NOTHING = ("Watchdog", "InfoInhibitor", "DeadMansSwitch")
"""Alerts of public rule sets that fire for their own sake."""


@dataclass(frozen=True)
class Job:
    """A scrape job."""

    name: str
    interval: float
    """Seconds."""
    is_down: bool
    """None of its targets is up."""
    kind: str
    """database, cache, prober, monitoring; empty: an application, or something unknown."""
    addresses: frozenset[str]
    """Host and port of its targets."""


@dataclass(frozen=True)
class Managers:
    """Where Prometheus's alerts go."""

    urls: tuple[str, ...]
    are_asked_alike: bool
    """They take the credentials that Prometheus takes."""
    receivers: Mapping[str, Told]
    """None where they do not answer."""


@dataclass(frozen=True)
class Seen:
    """All of it."""

    version: str
    today: date
    jobs: tuple[Job, ...]
    rules: tuple[LoadedRule, ...]
    ignored: tuple[str, ...]
    """Alerts that say nothing, by name."""
    severities: Severities
    firing: tuple[str, ...]
    """The others that fire now."""
    external_labels: Mapping[str, str]
    managers: Managers


async def look(entrance: Entrance, today: date) -> Seen:
    """Ask Prometheus, and the Alertmanagers that it tells.

    Raises:
        BadInput: a secret cannot be had, or it knows no Alertmanager and none was named.
        DoorError: Prometheus does not answer.
    """
    prometheus = Prometheus(entrance.endpoint(entrance.url))
    try:
        version, targets, rules, alerts, labels, told = await asyncio.gather(
            prometheus.version(),
            prometheus.targets(),
            prometheus.rules(),
            prometheus.alerts(),
            prometheus.external_labels(),
            prometheus.alertmanagers(),
        )
        kinds = {
            series.labels.get("job", ""): kind
            for metric, kind in {**TELLTALES, **_WATCHERS}.items()
            for series in await prometheus.query(f"group by (job) ({metric})")
        }
    finally:
        await prometheus.close()
    ignored = tuple(dict.fromkeys(rule.alert for rule in rules if _says_nothing(rule)))
    return Seen(
        version=version,
        today=today,
        jobs=_jobs(targets, kinds),
        rules=tuple(rules),
        ignored=ignored,
        severities=severities_of([rule for rule in rules if rule.alert not in ignored]),
        firing=tuple(sorted({one.alert for one in alerts if one.state == "firing"} - set(ignored))),
        external_labels=labels,
        managers=await _managers(entrance, tuple(told)),
    )


def _says_nothing(rule: LoadedRule) -> bool:
    return rule.alert in _SAYS_NOTHING or rule.expr.strip() == "vector(1)"


def _jobs(targets: list[ScrapeTarget], kinds: Mapping[str, str]) -> tuple[Job, ...]:
    by_name: dict[str, list[ScrapeTarget]] = {}
    for target in targets:
        by_name.setdefault(target.job, []).append(target)
    return tuple(
        Job(
            name=name,
            interval=max(one.interval for one in mine),
            is_down=all(one.health == "down" for one in mine),
            kind=kinds.get(name, ""),
            addresses=frozenset(_address(one.labels.get("instance", "")) for one in mine),
        )
        for name, mine in sorted(by_name.items())
    )


def _address(instance: str) -> str:
    """Of a target: a host and port, or the address that a prober is to ask."""
    return urlsplit(instance).netloc if "://" in instance else instance


async def _managers(entrance: Entrance, told: tuple[str, ...]) -> Managers:
    urls = (entrance.alertmanager,) if entrance.alertmanager else told
    if not urls:
        raise BadInput("Prometheus tells no Alertmanager; name one with --alertmanager URL")
    door = Alertmanager(entrance.endpoint(urls[0]))
    try:
        receivers = read_receivers(await door.configuration(), ())
    except DoorError:
        return Managers(urls, are_asked_alike=False, receivers={})
    finally:
        await door.close()
    return Managers(urls, are_asked_alike=True, receivers=receivers)
