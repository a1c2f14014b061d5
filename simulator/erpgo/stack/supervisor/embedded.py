"""The embedded stack's services: programs, arguments, order, readiness."""

import dataclasses
import functools
import os
import signal
import sys
from pathlib import Path

from psycopg import sql

from simulator.erpgo.stack.alertmanager import config as alertmanager
from simulator.erpgo.stack.alertmanager.own import OwnRouting
from simulator.erpgo.stack.prometheus import config as prometheus
from simulator.erpgo.stack.prometheus import rules
from simulator.erpgo.stack.supervisor import binaries
from simulator.erpgo.stack.supervisor.checks import (
    HttpCheck,
    PingCheck,
    RulesCheck,
    ScrapeCheck,
    SqlCheck,
    reload,
)
from simulator.erpgo.stack.supervisor.plan import StackPlan
from simulator.erpgo.stack.supervisor.ports import LOOPBACK
from simulator.erpgo.stack.supervisor.service import Check, Service, Step
from simulator.erpgo.stack.supervisor.site import API_USER, DATABASE, EXPORTER_USER, Site

_CACHE_PRODUCT_TTL = "180s"
"""Short, so that the cache matters: ERPGo's 15 minutes would hide a flood behind what was cached before.

Long enough for a night: with 60 s and a quarter of the traffic, 83 of 100 reads were hits, and chance tripped the 80 %."""
_JWT_EXPIRY = "5m"
"""Short, so that people do come back with expired tokens; ERPGo's day would outlast every game day."""
_NODE_COLLECTORS = (
    "cpu",
    "filefd",
    "filesystem",
    "loadavg",
    "meminfo",
    "netdev",
    "stat",
    "time",
    "uname",
)
"""Those that only read a file or two; all of them together would cost more than the API."""
_POSTGRES_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # TCP only: the state home's path may be too long for a socket
    "max_connections": "60",  # the API's pool of 20, exporters, faults and probes
    "reserved_connections": "5",  # for the exporter, so that a full server can still be seen
    "dynamic_shared_memory_type": "mmap",  # the POSIX kind needs a /dev/shm that containers make tiny
    "shared_buffers": "32MB",
    # A lab's data is thrown away at each start. Without fsync a commit does not wait for a disk shared with
    # others; a killed server still recovers, because the operating system keeps what was written. A commit does wait
    # until it is written: with synchronous_commit off, a kill lost three orders that the API had acknowledged.
    "fsync": "off",
    "full_page_writes": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
}
_INITDB = (
    "-U",
    "postgres",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
)
_PYTHON = (sys.executable, "-m")


def plan(site: Site, scrape_interval_s: float) -> StackPlan:
    """All services of the embedded stack, and the files they read."""
    services = (
        _postgres(site),
        _redis(site),
        _receiver(site),
        _api(site),
        _node_exporter(site),
        _postgres_exporter(site),
        _redis_exporter(site),
        _alertmanager(site),
        _prometheus(site),
    )
    return StackPlan(
        services=services,
        endpoints=site.endpoints(),
        complete=ScrapeCheck(site.ports["prometheus"]),
        finish=functools.partial(load_rules, site),
        targets=site.targets,
        chaos_token=site.secrets.chaos,
        receiver_token_file=site.folder.receiver_token,
        scrape_interval_s=scrape_interval_s,
    )


def write_configuration(site: Site, scrape_interval_s: float, own: OwnRouting | None) -> None:
    """What Prometheus and Alertmanager read; rules come later, see `load_rules`."""
    scraping = prometheus.PrometheusConfig(
        targets=_targets(site),
        rule_file=_rule_file(site),
        simulator_folder=site.targets,
        intervals=prometheus.Intervals(scrape=scrape_interval_s, evaluation=scrape_interval_s),
    )
    _rule_file(site).write_text("groups: []\n")
    _prometheus_file(site).write_text(scraping.render())
    routing = alertmanager.AlertmanagerConfig(site.url("receiver"), site.folder.receiver_token, own)
    _alertmanager_file(site).write_text(routing.render())


async def load_rules(site: Site) -> None:
    """Give Prometheus its rules, now that every target is up; those whose scrape job this stack lacks are left out.

    Prometheus takes five seconds before its first scrape, so it starts first of all. With rules from the
    start it would page for every target that is slower than that.
    """
    jobs = ("simulator", *(job for job, _ in _targets(site).jobs()))
    _rule_file(site).write_text(rules.render(rules.STAGING.where_jobs_exist(jobs)))
    await reload(site.ports["prometheus"])
    await RulesCheck(site.ports["prometheus"])()


def _targets(site: Site) -> prometheus.Targets:
    return prometheus.Targets(
        prometheus=site.address("prometheus"),
        alertmanager=site.address("alertmanager"),
        api=site.address("api"),
        postgres_exporter=site.address("postgres-exporter"),
        redis_exporter=site.address("redis-exporter"),
        node_exporter=site.address("node-exporter"),
        receiver=site.address("receiver"),
    )


def _postgres(site: Site) -> Service:
    program, data = str(binaries.find("postgres")), site.folder.data / "postgres"
    settings = [part for name, value in _POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
    argv = (program, "-D", str(data), "-p", str(site.ports["postgres"]), *settings)
    return dataclasses.replace(
        _server(site, "postgres", argv, SqlCheck(site.url("postgres"))),
        prepare=(
            Step((str(binaries.find("initdb")), "-D", str(data), *_INITDB)),
            Step((program, "--single", "-D", str(data), "-c", "fsync=off", "postgres"), stdin=_roles(site)),
        ),
        stale=(data / "postmaster.pid",),
        stop_signal=signal.SIGINT,  # "fast": sessions are ended, not waited for
    )


def _roles(site: Site) -> str:
    """For the single-user mode, in which every line is one statement."""
    return "\n".join(
        (
            f"CREATE ROLE {API_USER} LOGIN PASSWORD {_literal(site.secrets.api_password)}",
            f"CREATE ROLE {EXPORTER_USER} LOGIN PASSWORD {_literal(site.secrets.exporter_password)}",
            f"GRANT pg_monitor, pg_use_reserved_connections TO {EXPORTER_USER}",
            f"CREATE DATABASE {DATABASE} OWNER {API_USER}",
            "",
        )
    )


def _literal(text: str) -> str:
    """A text in SQL."""
    return sql.Literal(text).as_string()


def _redis(site: Site) -> Service:
    argv = (
        str(binaries.find("valkey-server")),
        *("--bind", LOOPBACK, "--port", str(site.ports["redis"]), "--dir", str(site.folder.data / "redis")),
        *("--maxmemory", "16mb", "--maxmemory-policy", "allkeys-lru", "--save", "", "--appendonly", "no"),
    )
    return _server(site, "redis", argv, PingCheck(site.ports["redis"]))


def _receiver(site: Site) -> Service:
    store = site.folder.data / "receiver/notifications.jsonl"
    return Service(
        name="receiver",
        container="erpgo-receiver",
        argv=(
            *(*_PYTHON, "simulator.receiver", "--port", str(site.ports["receiver"]), "--store", str(store)),
            *("--token-file", str(site.folder.receiver_token)),
        ),
        ready=HttpCheck(site.ports["receiver"], "/health"),
        env=_python_environment(),
        chaos=True,
    )


def _api(site: Site) -> Service:
    environment = {
        "SERVER_HOST": LOOPBACK,
        "SERVER_PORT": str(site.ports["api"]),
        "SERVER_INSTANCE": site.folder.instance,
        "SERVER_ENVIRONMENT": "embedded",
        "DATABASE_URL": f"postgresql://{API_USER}@{site.address('postgres')}/{DATABASE}",
        "PGPASSWORD": site.secrets.api_password,
        "REDIS_URL": site.url("redis"),
        "JWT_SECRET": site.secrets.jwt,
        "SERVER_CHAOS_TOKEN": site.secrets.chaos,
        "JWT_EXPIRY": _JWT_EXPIRY,
        "CACHE_PRODUCT_TTL": _CACHE_PRODUCT_TTL,
    }
    return Service(
        name="api",
        container="erpgo-api",
        argv=(*_PYTHON, "simulator.erpgo.api"),
        ready=HttpCheck(site.ports["api"], "/health", expect=site.folder.instance),
        env=_python_environment() | environment,
        after=("postgres", "redis"),
        chaos=True,
    )


def _node_exporter(site: Site) -> Service:
    argv = (
        str(binaries.find("node_exporter")),
        "--collector.disable-defaults",
        *(f"--collector.{name}" for name in _NODE_COLLECTORS),
        f"--web.listen-address={site.address('node-exporter')}",
        "--log.level=warn",
    )
    return _server(site, "node-exporter", argv, _metric(site, "node-exporter", "node_load1"))


def _postgres_exporter(site: Site) -> Service:
    argv = (
        str(binaries.find("postgres_exporter")),
        f"--web.listen-address={site.address('postgres-exporter')}",
        "--no-collector.bgwriter",  # reads columns that PostgreSQL 17 moved elsewhere
        "--log.level=warn",
    )
    return dataclasses.replace(
        _server(
            site,
            "postgres-exporter",
            argv,
            _metric(site, "postgres-exporter", "pg_up 1"),
            after=("postgres",),
        ),
        env=_environment()
        | {
            "DATA_SOURCE_URI": f"{site.address('postgres')}/{DATABASE}?sslmode=disable&connect_timeout=1",
            "DATA_SOURCE_USER": EXPORTER_USER,
            "DATA_SOURCE_PASS": site.secrets.exporter_password,
        },
    )


def _redis_exporter(site: Site) -> Service:
    argv = (
        str(binaries.find("redis_exporter")),
        f"-web.listen-address={site.address('redis-exporter')}",
        f"-redis.addr=redis://{site.address('redis')}",
        "-connection-timeout=500ms",
    )
    return _server(
        site, "redis-exporter", argv, _metric(site, "redis-exporter", "redis_up 1"), after=("redis",)
    )


def _alertmanager(site: Site) -> Service:
    data = site.folder.data / "alertmanager"
    flags = alertmanager.flags(_alertmanager_file(site), data, site.address("alertmanager"))
    argv = (str(binaries.find("alertmanager")), *flags)
    ready = HttpCheck(site.ports["alertmanager"], "/-/ready")
    return _server(site, "alertmanager", argv, ready, after=("receiver",))


def _prometheus(site: Site) -> Service:
    data = site.folder.data / "prometheus"
    flags = prometheus.flags(_prometheus_file(site), data, site.address("prometheus"))
    argv = (str(binaries.find("prometheus")), *flags)
    ready = HttpCheck(site.ports["prometheus"], "/-/ready")
    return _server(site, "prometheus", argv, ready)


def _server(
    site: Site, name: str, argv: tuple[str, ...], ready: Check, after: tuple[str, ...] = ()
) -> Service:
    return Service(
        name=name,
        container=f"erpgo-{name}",
        argv=argv,
        ready=ready,
        env=_environment(),
        account=site.account,
        cwd=Path("/"),  # a dropped user may not be able to enter the checkout
        after=after,
        chaos=True,
    )


def _metric(site: Site, service: str, sample: str) -> HttpCheck:
    return HttpCheck(site.ports[service], "/metrics", expect=f"\n{sample}")


def _python_environment() -> dict[str, str]:
    return _environment() | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _environment() -> dict[str, str]:
    """Little on purpose: a user's proxy or database variables must not reach the servers."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}


def _alertmanager_file(site: Site) -> Path:
    return site.folder.config / "alertmanager.yml"


def _rule_file(site: Site) -> Path:
    return site.folder.config / f"{rules.STAGING.name}.yaml"


def _prometheus_file(site: Site) -> Path:
    return site.folder.config / "prometheus.yml"
