"""Every alert of both sets: quiet while all is well and just below its limit, fires above it in time, resolves afterwards."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.erpgo.stack.prometheus import learned
from simulator.erpgo.stack.prometheus.model import AlertRule, RuleSet
from simulator.erpgo.stack.prometheus.rules import PRODUCTION, STAGING
from tests.rules.rule_scenarios import STEPS, Signal, counter, firing, gauge, hold, never_fired, quiet

HTTP = "erpgo_http_requests_total"
DURATION = "erpgo_http_request_duration_seconds"
QUERY = "erpgo_database_query_duration_seconds"
CACHE = 'erpgo_cache_operations_total{operation="get",cache_type="product",result='
SETS = (STAGING, PRODUCTION)
LEARNING = {STAGING.name: learned.STAGING, PRODUCTION.name: learned.PRODUCTION}


@dataclass(frozen=True)
class Course:
    """What an alert watches at three levels: well, just below the limit, above it; then well again.

    `well` and `level` are the seconds of the first and of each later part.
    """

    rules: RuleSet
    rule: AlertRule
    well: int
    level: int

    @classmethod
    def of(cls, rules: RuleSet, alert: str) -> "Course":
        rule, step, learning = rules.alert(alert), STEPS[rules.name], LEARNING[rules.name]
        level = max(60 * step, rule.window + rule.hold + rule.keep_firing_for + 10 * step)
        learns = learning.ago + learning.samples * step + learning.rare + 10 * step
        learns = learns if "band:" in rule.expr else 0
        whole = math.ceil(level / step) * step
        return cls(rules, rule, max(whole, math.ceil(learns / step) * step), whole)

    @property
    def step(self) -> int:
        return STEPS[self.rules.name]

    @property
    def onset(self) -> int:
        return self.well + self.level

    def rates(self, series: str, well: float, below: float, above: float) -> Signal:
        parts = ((self.well, well), (self.level, below), (self.level, above), (2 * self.level, well))
        return counter(series, *parts)

    def levels(self, series: str, well: float, below: float, above: float) -> Signal:
        parts = ((self.well, well), (self.level, below), (self.level, above), (2 * self.level, well))
        return gauge(series, *parts)

    def share(self, part: str, rest: str, traffic: float, *, below: float, above: float) -> list[Signal]:
        """`part` makes up these shares of `traffic` a second, and nothing while all is well."""
        return [
            self.rates(part, 0, traffic * below, traffic * above),
            self.rates(rest, traffic, traffic * (1 - below), traffic * (1 - above)),
        ]

    def slow(self, histogram: str, edges: tuple[str, ...], limit: str) -> list[Signal]:
        """Of 20 a second 4 % are slower than `limit`, then 6 %: the 95th percentile is on either side of it."""
        fast = [
            self.rates(f'{histogram}_bucket{{le="{edge}"}}', 20, 19.2, 18.8)
            if float(edge) <= float(limit)
            else self.rates(f'{histogram}_bucket{{le="{edge}"}}', 20, 20, 20)
            for edge in edges
        ]
        return [*fast, self.rates(f"{histogram}_count", 20, 20, 20)]

    def down(self, series: str) -> list[Signal]:
        """One failed scrape in a level is below the limit."""
        blip, fine = (self.step, 0.0), (self.level - self.step, 1.0)
        return [gauge(series, (self.well, 1.0), blip, fine, (self.level, 0.0), (2 * self.level, 1.0))]

    def pool(self, below: float, above: float) -> list[Signal]:
        series = 'erpgo_database_connections{{database="erp",state="{}"}}'
        return [
            self.levels(series.format("active"), 3, below, above),
            self.levels(series.format("max"), 20, 20, 20),
        ]

    def part_of(self, part: str, whole: str, rate: float, below: float, above: float) -> list[Signal]:
        """`part` grows by these shares of `rate`, the growth of `whole`."""
        return [
            self.rates(part, 0, rate * below, rate * above),
            self.rates(whole, rate, rate, rate),
        ]

    def unlearned(self) -> list[Signal]:
        """A fault of the simulator is active off the normal level, so that it is not learned as what is usual."""
        return [self.levels('simulator_fault_active{fault="x"}', 0, 1, 1)]

    def customers(self) -> list[Signal]:
        return [self.levels('up{job="simulator"}', 1, 1, 1)]


def _system(course: Course) -> list[Signal] | None:
    failed, fine = f'{HTTP}{{status_code="503"}}', f'{HTTP}{{status_code="200"}}'
    memory = 'erpgo_system_memory_bytes{{job="erpgo-api",type="{}"}}'
    match course.rule.name:
        case "CriticalErrorRate":
            return course.share(failed, fine, 20, below=0.09, above=0.11)
        case "HighErrorRate":
            return course.share(failed, fine, 20, below=0.04, above=0.06)
        case "CriticalResponseTime":
            return course.slow(DURATION, ("1.0", "2.0", "2.5", "+Inf"), "2.0")
        case "HighResponseTime":
            return course.slow(DURATION, ("0.5", "1.0", "2.0", "+Inf"), "1.0")
        case "ResponseTimeAboveBand":
            # All within 0.1 s, then 4 % and 10 % in the bucket from 0.5 to 1 s.
            buckets = [
                course.rates(f'{DURATION}_bucket{{le="{edge}"}}', 20, 19.2, 18) for edge in ("0.1", "0.5")
            ]
            buckets += [
                course.rates(f'{DURATION}_bucket{{le="{edge}"}}', 20, 20, 20) for edge in ("1.0", "+Inf")
            ]
            return [*buckets, course.rates(f"{DURATION}_count", 20, 20, 20), *course.unlearned()]
        case "CriticalMemoryUsage" | "HighMemoryUsage":
            limit = course.rule.threshold or 0
            used = course.levels(memory.format("alloc"), 100, 1000 * limit - 10, 1000 * limit + 10)
            return [used, course.levels(memory.format("sys"), 1000, 1000, 1000)]
        case "CriticalGoroutineCount":
            return [course.levels('erpgo_goroutines{job="erpgo-api"}', 50, 4990, 5010)]
        case "HighGoroutineCount":
            return [course.levels('erpgo_goroutines{job="erpgo-api"}', 50, 990, 1010)]
        case "PanicDetected":
            return [course.rates('erpgo_panics_total{component="http"}', 0, 0, 0.1)]
    return None


def _storage(course: Course) -> list[Signal] | None:
    errors, queries = (
        'erpgo_database_errors_total{type="query"}',
        'erpgo_database_queries_total{type="select"}',
    )
    match course.rule.name:
        case "DatabaseConnectionCritical":
            return course.pool(19, 20)
        case "DatabaseConnectionHigh":
            return course.pool(16, 17)
        case "DatabaseSlowQueries":
            return course.slow(QUERY, ("0.25", "0.5", "1.0", "+Inf"), "0.5")
        case "DatabaseTimeouts":
            return [course.rates('erpgo_database_timeouts_total{type="lock"}', 0, 0.15, 0.5)]
        case "CriticalDatabaseErrorRate":
            return course.part_of(errors, queries, 50, 0.048, 0.052)
        case "DatabaseErrorRate":
            return course.part_of(errors, queries, 50, 0.009, 0.011)
        case "CriticalCacheHitRate":
            return course.share(f'{CACHE}"miss"}}', f'{CACHE}"hit"}}', 20, below=0.49, above=0.51)
        case "LowCacheHitRate":
            return course.share(f'{CACHE}"miss"}}', f'{CACHE}"hit"}}', 20, below=0.19, above=0.21)
    return None


def _business(course: Course) -> list[Signal] | None:
    orders = 'erpgo_orders_created_total{status="pending"}'
    match course.rule.name:
        case "LowOrderRate":
            return [course.rates(orders, 8, 0.5, 0), *course.customers()]
        case "LowUserActivity":
            logins = course.rates('erpgo_user_logins_total{status="success"}', 8, 0.5, 0)
            return [logins, *course.customers()]
        case "OrderRateBelowBand":
            return [course.rates(orders, 10, 5.5, 4.5), *course.customers(), *course.unlearned()]
        case "RevenueCollapse":
            revenue = course.rates('erpgo_revenue_total{currency="USD"}', 1000, 220, 180)
            return [revenue, *course.customers(), *course.unlearned()]
        case "HighOrderCancellationRate":
            cancelled = 'erpgo_orders_cancelled_total{reason="other"}'
            return course.part_of(cancelled, orders, 10, 0.19, 0.21)
        case "LowStockAlerts":
            return [course.rates('erpgo_low_stock_alerts_total{severity="warning"}', 0, 0, 0.05)]
        case "HighInventoryUpdates":
            return [course.rates('erpgo_inventory_updates_total{operation="adjust"}', 0, 9.5, 10.5)]
    return None


def _security(course: Course) -> list[Signal] | None:
    failures = 'erpgo_auth_failures_total{reason="invalid_credentials",ip_address="10.0.0.1"}'
    match course.rule.name:
        case "CriticalAuthFailureRate":
            return [course.rates(failures, 0, 18 / 60, 22 / 60)]
        case "HighAuthFailureRate":
            return [course.rates(failures, 0, 4 / 60, 6 / 60)]
        case "LoginFailuresAboveBand":
            logins = 'erpgo_user_logins_total{status="failure"}'
            return [course.rates(logins, 2 / 60, 5.5 / 60, 6.5 / 60), *course.unlearned()]
        case "RateLimitViolations" | "CriticalRateLimitViolations":
            limit = course.rule.threshold or 0
            return [course.rates("erpgo_rate_limit_violations_total", 0, limit * 0.9, limit * 1.1)]
        case "SuspiciousActivity" | "CriticalSuspiciousActivity":
            limit = course.rule.threshold or 0
            events = 'erpgo_security_events_total{type="xss_attempt"}'
            return [course.rates(events, 0, limit * 0.9, limit * 1.1)]
    return None


WATCHED = {
    "ApplicationDown": 'up{job="erpgo-api",instance="api:8080"}',
    "PostgreSQLDown": 'pg_up{job="postgres-exporter"}',
    "RedisDown": 'redis_up{job="redis-exporter"}',
    "NodeExporterDown": 'up{job="node-exporter"}',
    "PostgresExporterDown": 'up{job="postgres-exporter"}',
    "RedisExporterDown": 'up{job="redis-exporter"}',
    "AlertmanagerDown": 'up{job="alertmanager"}',
    "GrafanaDown": 'up{job="grafana"}',
    "LokiDown": 'up{job="loki"}',
    "PromtailDown": 'up{job="promtail"}',
}


def _availability(course: Course) -> list[Signal] | None:
    if course.rule.name in WATCHED:
        return course.down(WATCHED[course.rule.name])
    if course.rule.name == "SimulatorCanary":
        return [course.levels('simulator_canary{job="simulator"}', 0, 0, 1)]
    return None


def _monitoring(course: Course) -> list[Signal] | None:
    match course.rule.name:
        case "ScrapeTargetMissing":
            parts = ((course.onset, 1.0), (course.level, None), (2 * course.level, 1.0))
            started = course.levels('process_start_time_seconds{job="prometheus"}', 0, 0, 0)
            other = course.levels('up{job="prometheus",instance="p:1"}', 1, 1, 1)
            return [gauge('up{job="node-exporter",instance="n:1"}', *parts), other, started]
        case "RuleEvaluationFailing":
            return [course.rates('prometheus_rule_evaluation_failures_total{rule_group="a"}', 0, 0, 0.5)]
        case "NotificationsFailing":
            return [course.rates('alertmanager_notifications_failed_total{integration="webhook"}', 0, 0, 0.5)]
        case "ConfigurationReloadFailed":
            return [course.levels('prometheus_config_last_reload_successful{job="prometheus"}', 1, 1, 0)]
    return None


def signals(course: Course) -> list[Signal] | None:
    for category in (_system, _storage, _business, _security, _availability, _monitoring):
        found = category(course)
        if found is not None:
            return found
    return None


def courses() -> Iterator[object]:
    for rules in SETS:
        for rule in rules.alerts:
            if rule.name != "DeadMansSwitch":
                yield pytest.param(Course.of(rules, rule.name), id=f"{rules.name}-{rule.name}")


@pytest.mark.parametrize("course", tuple(courses()))
def test_it_fires_above_its_limit_only(course: Course, tmp_path: Path) -> None:
    rule, step = course.rule, course.step
    watched = signals(course)
    assert watched is not None, f"{rule.name} has no course: add one"
    # From the newest sample that can still be below the limit, the whole window, and the hold time.
    in_time = course.onset + 2 * step + _whole(rule.window + rule.hold, step)
    ended = course.onset + course.level
    cleared = ended + 2 * step + _whole(rule.window + rule.keep_firing_for, step)
    hold(
        tmp_path,
        watched,
        [
            never_fired(rule.name, course.onset - step),
            firing(rule.name, in_time),
            firing(rule.name, ended - step),
            quiet(rule.name, cleared + step),
        ],
        course.rules,
    )


def _whole(seconds: int, step: int) -> int:
    """The next multiple of the step: nothing is evaluated in between."""
    return math.ceil(seconds / step) * step


@pytest.mark.parametrize("rules", SETS, ids=lambda rules: rules.name)
def test_the_dead_mans_switch_fires_from_the_first_evaluation_on(rules: RuleSet, tmp_path: Path) -> None:
    hold(tmp_path, [], [firing("DeadMansSwitch", 0), firing("DeadMansSwitch", 600)], rules)
