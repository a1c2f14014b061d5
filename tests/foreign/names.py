"""What differs between companies, drawn from a seed: words, paths, ports, passwords."""

import random
import socket
import string
from dataclasses import dataclass, field

COMPANIES = ("acorn", "bramble", "cobalt", "dune", "ember", "fjord", "garnet", "heron")
SEVERITIES = (
    ("page", "ticket"),
    ("sev1", "sev2"),
    ("critical", "warning"),
    ("p1", "p3"),
    ("emergency", "notice"),
)
"""What wakes somebody, and what waits for the morning."""
PORTS = range(20_000, 32_000)
"""Below those that the kernel hands out."""
DEAD_PORTS = range(700, 900)
"""Nobody listens there, and no other stack will."""


@dataclass(frozen=True)
class Jobs:
    """Scrape jobs."""

    shop: str
    pay: str
    postgres: str
    redis: str
    probes: str
    monitoring: str
    alerting: str
    legacy: str
    """A target that has been down for years."""


@dataclass(frozen=True)
class Alerts:
    """Alerts by what they are about."""

    shop_down: str
    shop_errors: str
    shop_errors_rising: str
    pay_down: str
    pay_errors: str
    pay_slow: str
    postgres_down: str
    connections_high: str
    long_transaction: str
    redis_down: str
    redis_full: str
    probe_failed: str
    legacy_down: str
    """Fires already."""
    watchdog: str = "Watchdog"
    """Fires always."""
    info_inhibitor: str = "InfoInhibitor"


@dataclass(frozen=True)
class Receivers:
    """Alertmanager's."""

    oncall: str
    """Of what wakes somebody."""
    chat: str
    """Of the shop's team."""
    data: str
    """Of the storage's team."""
    snitch: str
    """Of the watchdog."""


@dataclass(frozen=True)
class Severities:
    """The words for them, and the label that holds them."""

    label: str
    urgent: str
    later: str


@dataclass(frozen=True)
class Teams:
    """Whose alert it is; the label `team`."""

    shop: str
    data: str


@dataclass(frozen=True)
class Storage:
    """What the shop keeps where."""

    database: str
    table: str
    application: str
    """By which the shop's sessions are known in PostgreSQL."""
    key_prefix: str
    """Of the shop's keys in Redis."""


@dataclass(frozen=True)
class Identity:
    """What /healthz says of itself."""

    key: str
    value: str


@dataclass(frozen=True)
class Paths:
    """Below which Prometheus and Alertmanager are served."""

    prometheus: str
    alertmanager: str


@dataclass(frozen=True)
class Ports:
    """On loopback."""

    prometheus: int
    alertmanager: int
    shop: int
    pay: int
    postgres: int
    pgbouncer: int
    redis: int
    postgres_exporter: int
    redis_exporter: int
    blackbox: int
    witness: int
    grafana: int
    legacy: int
    """A dead one."""


@dataclass(frozen=True)
class Secrets:
    """Every password and token; none is a part of another."""

    web: str = field(repr=False)
    """Of Prometheus and Alertmanager."""
    database_owner: str = field(repr=False)
    database_shop: str = field(repr=False)
    redis: str = field(repr=False)
    pay_admin: str = field(repr=False)
    grafana: str = field(repr=False)


@dataclass(frozen=True)
class Names:
    """All that was drawn."""

    company: str
    web_user: str
    identity: Identity
    jobs: Jobs
    alerts: Alerts
    severities: Severities
    teams: Teams
    receivers: Receivers
    storage: Storage
    paths: Paths
    ports: Ports
    secrets: Secrets


def draw(seed: int) -> Names:
    """The same names for the same seed; ports too, as long as they are free."""
    dice = random.Random(seed)
    company = dice.choice(COMPANIES)
    team, data = dice.choice((("shop", "data"), ("checkout", "storage"), ("web", "platform")))
    urgent, later = dice.choice(SEVERITIES)
    return Names(
        company=company,
        web_user=dice.choice(("ops", "grafana-ro", "svc-metrics")),
        identity=Identity(
            dice.choice(("env", "stage", "deployment", "tier")), f"staging-{dice.randrange(16**4):04x}"
        ),
        jobs=_jobs(dice, company),
        alerts=_alerts(dice.choice(("", company.title(), f"{company.title()}Prod"))),
        severities=Severities(dice.choice(("severity", "priority")), urgent, later),
        teams=Teams(team, data),
        receivers=Receivers(
            dice.choice(("pagerduty-oncall", "opsgenie/primary")),
            f"slack-#{team}",
            f"{data}-oncall",
            "dead-mans-snitch",
        ),
        storage=_storage(dice, company),
        paths=Paths(dice.choice(("/prometheus", "/prom/eu-1")), dice.choice(("/am", "/alertmanager"))),
        ports=Ports(*[*_free_ports(dice, 12), dice.choice(DEAD_PORTS)]),
        secrets=Secrets(*(_secret(dice) for _ in range(6))),
    )


def _jobs(dice: random.Random, company: str) -> Jobs:
    separator = dice.choice(("-", "/", "_"))
    exporters = dice.choice((("postgres", "redis"), ("postgres-exporter", "redis-exporter")))
    return Jobs(
        shop=f"{company}{separator}{dice.choice(('web', 'shop', 'checkout'))}",
        pay=f"{company}{separator}{dice.choice(('pay', 'payments', 'billing'))}",
        postgres=exporters[0],
        redis=exporters[1],
        probes=dice.choice(("blackbox", "probes")),
        monitoring="prometheus",
        alerting="alertmanager",
        legacy=dice.choice(("legacy", "mainframe", "old-batch")),
    )


def _alerts(prefix: str) -> Alerts:
    return Alerts(
        *(
            f"{prefix}{name}"
            for name in (
                "ShopDown",
                "ShopHighErrorRate",
                "ShopErrorsRising",
                "PayDown",
                "PayHighErrorRate",
                "PayLatencyHigh",
                "PostgresDown",
                "PostgresConnectionsHigh",
                "PostgresLongTransaction",
                "RedisDown",
                "RedisMemoryHigh",
                "ProbeFailed",
                "LegacyDown",
            )
        )
    )


def _storage(dice: random.Random, company: str) -> Storage:
    return Storage(
        database=f"{company}_{dice.choice(('main', 'core', 'live'))}",
        table=dice.choice(("purchases", "baskets", "sales_order")),
        application=f"{company}-{dice.choice(('checkout', 'frontend', 'web'))}",
        key_prefix=f"{company}:{dice.choice(('o', 'basket', 'v2'))}:",
    )


def _free_ports(dice: random.Random, count: int) -> list[int]:
    drawn = dice.sample(PORTS, len(PORTS))
    return [port for port, _ in zip((port for port in drawn if _is_free(port)), range(count), strict=False)]


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _secret(dice: random.Random) -> str:
    return "".join(dice.choices(string.ascii_letters + string.digits, k=24))
