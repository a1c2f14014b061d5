"""Every alert: quiet while all is well and just below its limit, fires above it in time, resolves afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from stack.prometheus.rules import STAGING
from tests.rules.rule_scenarios import STEP, Signal, counter, firing, gauge, hold, quiet

WELL, BELOW, ABOVE, AFTER = 120, 120, 120, 160
HTTP = "erpgo_http_requests_total"
DURATION = "erpgo_http_request_duration_seconds"
QUERY = "erpgo_database_query_duration_seconds"
CACHE = 'erpgo_cache_operations_total{operation="get",cache_type="product",result='


@dataclass(frozen=True)
class Course:
    """What an alert watches, at three levels: well, just below the limit, above it; then well again."""

    alert: str
    signals: tuple[Signal, ...]


def rates(series: str, well: float, below: float, above: float) -> Signal:
    return counter(series, (WELL, well), (BELOW, below), (ABOVE, above), (AFTER, well))


def levels(series: str, well: float, below: float, above: float) -> Signal:
    return gauge(series, (WELL, well), (BELOW, below), (ABOVE, above), (AFTER, well))


def share(alert: str, part: str, rest: str, traffic: float, *, below: float, above: float) -> Course:
    """`part` makes up these shares of `traffic` a second, and nothing while all is well."""
    return Course(
        alert,
        (
            rates(part, 0, traffic * below, traffic * above),
            rates(rest, traffic, traffic * (1 - below), traffic * (1 - above)),
        ),
    )


def slow(alert: str, histogram: str, edges: tuple[str, ...], limit: str) -> Course:
    """Of 20 a second 4 % are slower than `limit`, then 6 %: the 95th percentile is on either side of it."""
    fast = [
        rates(f'{histogram}_bucket{{le="{edge}"}}', 20, 19.2, 18.8)
        if float(edge) <= float(limit)
        else rates(f'{histogram}_bucket{{le="{edge}"}}', 20, 20, 20)
        for edge in edges
    ]
    return Course(alert, (*fast, rates(f"{histogram}_count", 20, 20, 20)))


def down(alert: str, series: str) -> Course:
    """One failed scrape in a minute is below the limit."""
    blip = (STEP, 0.0)
    course = ((WELL, 1.0), blip, (58, 1.0), blip, (58, 1.0), (ABOVE, 0.0), (AFTER, 1.0))
    return Course(alert, (gauge(series, *course),))


def pool(alert: str, below: float, above: float) -> Course:
    series = 'erpgo_database_connections{{database="erp",state="{}"}}'
    return Course(
        alert, (levels(series.format("active"), 3, below, above), levels(series.format("max"), 20, 20, 20))
    )


def database_errors(alert: str, below: float, above: float) -> Course:
    errors = rates('erpgo_database_errors_total{type="query"}', 0, below, above)
    return Course(alert, (errors, rates('erpgo_database_queries_total{type="select"}', 50, 50, 50)))


def courses() -> Iterator[Course]:
    failed, fine = f'{HTTP}{{status_code="503"}}', f'{HTTP}{{status_code="200"}}'
    yield share("CriticalErrorRate", failed, fine, 20, below=0.09, above=0.11)
    yield share("HighErrorRate", failed, fine, 20, below=0.04, above=0.06)
    yield slow("CriticalResponseTime", DURATION, ("1.0", "2.0", "2.5", "+Inf"), "2.0")
    yield slow("HighResponseTime", DURATION, ("0.5", "1.0", "2.0", "+Inf"), "1.0")
    yield pool("DatabaseConnectionCritical", 19, 20)
    yield pool("DatabaseConnectionHigh", 16, 17)
    yield slow("DatabaseSlowQueries", QUERY, ("0.25", "0.5", "1.0", "+Inf"), "0.5")
    timeouts = rates('erpgo_database_timeouts_total{type="lock"}', 0, 0.15, 0.5)
    yield Course("DatabaseTimeouts", (timeouts,))
    yield database_errors("CriticalDatabaseErrorRate", 2.4, 2.6)
    yield database_errors("DatabaseErrorRate", 0.45, 0.55)
    yield share("CriticalCacheHitRate", f'{CACHE}"miss"}}', f'{CACHE}"hit"}}', 20, below=0.49, above=0.51)
    yield share("LowCacheHitRate", f'{CACHE}"miss"}}', f'{CACHE}"hit"}}', 20, below=0.19, above=0.21)
    failures = 'erpgo_auth_failures_total{reason="invalid_credentials",ip_address="10.0.0.1"}'
    yield Course("CriticalAuthFailureRate", (rates(failures, 0, 18 / 60, 22 / 60),))
    yield Course("HighAuthFailureRate", (rates(failures, 0, 4 / 60, 6 / 60),))
    yield Course("PanicDetected", (rates('erpgo_panics_total{component="http"}', 0, 0, 0.1),))
    yield down("ApplicationDown", 'up{job="erpgo-api",instance="api:8080"}')
    yield down("PostgreSQLDown", 'pg_up{job="postgres-exporter"}')
    yield down("RedisDown", 'redis_up{job="redis-exporter"}')
    yield down("NodeExporterDown", 'up{job="node-exporter"}')
    yield down("PostgresExporterDown", 'up{job="postgres-exporter"}')
    yield down("RedisExporterDown", 'up{job="redis-exporter"}')
    yield down("AlertmanagerDown", 'up{job="alertmanager"}')
    yield down("GrafanaDown", 'up{job="grafana"}')
    yield down("LokiDown", 'up{job="loki"}')
    yield down("PromtailDown", 'up{job="promtail"}')
    yield Course("SimulatorCanary", (levels('simulator_canary{job="simulator"}', 0, 0, 1),))


@pytest.mark.parametrize("course", tuple(courses()), ids=lambda course: course.alert)
def test_it_fires_above_its_limit_only(course: Course, tmp_path: Path) -> None:
    rule = STAGING.alert(course.alert)
    onset = WELL + BELOW
    # From the newest sample that can still be below the limit, the whole window, and the hold time.
    in_time = onset + 2 * STEP + rule.window + rule.hold
    cleared = onset + ABOVE + 2 * STEP + rule.window + rule.keep_firing_for
    hold(
        tmp_path,
        course.signals,
        [
            quiet(course.alert, WELL - STEP),
            *(quiet(course.alert, at) for at in range(WELL, onset, STEP)),
            firing(course.alert, in_time),
            firing(course.alert, onset + ABOVE - STEP),
            quiet(course.alert, cleared + STEP),
        ],
    )


def test_the_dead_mans_switch_fires_from_the_first_evaluation_on(tmp_path: Path) -> None:
    hold(tmp_path, [], [firing("DeadMansSwitch", 0), firing("DeadMansSwitch", 600)])


def test_no_alert_is_left_out() -> None:
    assert {course.alert for course in courses()} | {"DeadMansSwitch"} == {
        rule.name for rule in STAGING.alerts
    }
