"""What went wrong in rules that looked right: quiet nights, dead processes, recovery, one cause and two pages."""

from pathlib import Path

import pytest

from tests.rules.rule_scenarios import Expected, Signal, counter, firing, gauge, hold, never_fired, quiet

OK = 'erpgo_http_requests_total{job="erpgo-api",endpoint="/a",status_code="200"}'
OTHER_OK = 'erpgo_http_requests_total{job="erpgo-api",endpoint="/b",status_code="200"}'
FAILED = 'erpgo_http_requests_total{job="erpgo-api",endpoint="/a",status_code="500"}'
HIT, MISS, ERROR = (
    f'erpgo_cache_operations_total{{operation="get",cache_type="product",result="{result}"}}'
    for result in ("hit", "miss", "error")
)
DATABASE_ALERTS = ("CriticalDatabaseErrorRate", "DatabaseErrorRate", "DatabaseTimeouts")
CACHE_ALERTS = ("CriticalCacheHitRate", "LowCacheHitRate")


def uncovered(warning: str, critical: str, since: int, at: int) -> Expected:
    """How many evaluations in (since, at] the warning fired without the critical that inhibits it: none."""
    firing_only = (
        f'count(ALERTS{{alertname="{warning}",alertstate="firing"}})'
        f' unless count(ALERTS{{alertname="{critical}",alertstate="firing"}})'
    )
    return Expected(at, f"count_over_time(({firing_only})[{at - since}s:2s])", ())


def test_one_failing_endpoint_is_judged_against_all_requests(tmp_path: Path) -> None:
    signals = [counter(FAILED, (120, 0.5)), counter(OTHER_OK, (120, 49.5))]
    hold(tmp_path, signals, [never_fired("HighErrorRate", 118)])


@pytest.mark.parametrize("failed", [2, 6])
def test_a_few_failures_at_night_wake_nobody(tmp_path: Path, failed: int) -> None:
    # 0.2 requests a second; two failures within ten seconds, then the next ones a minute later.
    signals = [
        counter(OK, (240, 0.2)),
        counter(FAILED, (60, 0), (10, 0.2), (60, 0), (10, 0.2 if failed > 2 else 0), (100, 0)),
    ]
    hold(tmp_path, signals, [never_fired("HighErrorRate", 238), never_fired("CriticalErrorRate", 238)])


def test_a_total_outage_at_night_wakes_somebody(tmp_path: Path) -> None:
    signals = [counter(OK, (60, 0.5), (60, 0)), counter(FAILED, (60, 0), (60, 0.5))]
    hold(tmp_path, signals, [firing("CriticalErrorRate", 90)])


def test_one_slow_request_of_few_wakes_nobody(tmp_path: Path) -> None:
    histogram = "erpgo_http_request_duration_seconds"
    signals = [
        counter(f'{histogram}_bucket{{le="1.0"}}', (60, 0.5), (10, 0.4), (60, 0.5)),
        counter(f'{histogram}_bucket{{le="2.0"}}', (60, 0.5), (10, 0.4), (60, 0.5)),
        counter(f'{histogram}_bucket{{le="+Inf"}}', (130, 0.5)),
        counter(f"{histogram}_count", (130, 0.5)),
    ]
    hold(tmp_path, signals, [never_fired("HighResponseTime", 128), never_fired("CriticalResponseTime", 128)])


def test_a_killed_api_pages_once(tmp_path: Path) -> None:
    signals = [
        counter(OK, (60, 20), (60, None)),
        counter(FAILED, (60, 0), (60, None)),
        gauge('up{job="erpgo-api",instance="api:8080"}', (60, 1), (60, 0)),
    ]
    expected = [firing("ApplicationDown", 70), never_fired("CriticalErrorRate", 118)]
    hold(tmp_path, signals, [*expected, never_fired("HighErrorRate", 118)])


def test_a_dead_exporter_is_not_a_dead_database(tmp_path: Path) -> None:
    signals = [
        gauge('pg_up{job="postgres-exporter"}', (60, 1), (60, None)),
        gauge('up{job="postgres-exporter"}', (60, 1), (60, 0)),
        gauge('redis_up{job="redis-exporter"}', (60, 1), (60, None)),
        gauge('up{job="redis-exporter"}', (60, 1), (60, 0)),
    ]
    down = [firing("PostgresExporterDown", 70), firing("RedisExporterDown", 70)]
    hold(tmp_path, signals, [*down, never_fired("PostgreSQLDown", 118), never_fired("RedisDown", 118)])


def test_a_dead_database_is_not_a_dead_exporter(tmp_path: Path) -> None:
    signals = [
        gauge('pg_up{job="postgres-exporter"}', (60, 1), (60, 0)),
        gauge('up{job="postgres-exporter"}', (120, 1)),
    ]
    hold(tmp_path, signals, [firing("PostgreSQLDown", 70), never_fired("PostgresExporterDown", 118)])


def _database_killed() -> list[Signal]:
    """Down from second 60 to 100; it takes one scrape until pg_up says so, the failures start at once."""
    return [
        gauge('pg_up{job="postgres-exporter"}', (62, 1), (40, 0), (120, 1)),
        gauge('redis_up{job="redis-exporter"}', (222, 1)),
        counter('erpgo_database_errors_total{type="unavailable"}', (60, 0), (40, 10), (122, 0)),
        counter('erpgo_database_timeouts_total{type="acquire"}', (60, 0), (40, 10), (122, 0)),
        counter('erpgo_database_queries_total{type="select"}', (60, 20), (40, 0), (122, 20)),
        # Entries expire and nothing can refill them.
        counter(HIT, (60, 18), (40, 2), (122, 18)),
        counter(MISS, (60, 2), (40, 18), (122, 2)),
    ]


def test_a_dead_database_pages_once_also_when_it_is_back(tmp_path: Path) -> None:
    quiet_ones = [never_fired(alert, 220) for alert in (*DATABASE_ALERTS, *CACHE_ALERTS)]
    hold(tmp_path, _database_killed(), [firing("PostgreSQLDown", 72), *quiet_ones])


def test_errors_of_a_database_that_answers_do_page(tmp_path: Path) -> None:
    signals = [
        gauge('pg_up{job="postgres-exporter"}', (120, 1)),
        counter('erpgo_database_errors_total{type="query"}', (60, 0), (60, 10)),
        counter('erpgo_database_queries_total{type="select"}', (120, 20)),
    ]
    hold(tmp_path, signals, [firing("CriticalDatabaseErrorRate", 80), never_fired("PostgreSQLDown", 118)])


def test_cache_errors_count_as_misses(tmp_path: Path) -> None:
    signals = [counter(HIT, (60, 20), (60, 0)), counter(ERROR, (60, 0), (60, 20))]
    hold(tmp_path, signals, [firing("CriticalCacheHitRate", 84)])


def test_a_dead_cache_pages_once_also_while_it_warms_up_again(tmp_path: Path) -> None:
    signals = [
        gauge('redis_up{job="redis-exporter"}', (62, 1), (40, 0), (120, 1)),
        counter(HIT, (60, 18), (50, 0), (112, 18)),
        counter(ERROR, (60, 0), (40, 20), (122, 0)),
        counter(MISS, (60, 2), (40, 0), (10, 20), (112, 2)),
    ]
    expected = [firing("RedisDown", 72), *(never_fired(alert, 220) for alert in CACHE_ALERTS)]
    hold(tmp_path, signals, expected)


def test_an_api_that_comes_back_to_a_cold_cache_pages_nothing_new(tmp_path: Path) -> None:
    signals = [
        gauge('up{job="erpgo-api"}', (60, 1), (40, 0), (120, 1)),
        counter(HIT, (60, 18), (40, None), (8, 4), (112, 18)),
        counter(MISS, (60, 2), (40, None), (8, 16), (112, 2)),
    ]
    expected = [firing("ApplicationDown", 70), *(never_fired(alert, 218) for alert in CACHE_ALERTS)]
    hold(tmp_path, signals, expected)


def test_a_cold_cache_with_few_reads_is_normal(tmp_path: Path) -> None:
    signals = [counter(HIT, (120, 0.1)), counter(MISS, (120, 4))]
    hold(tmp_path, signals, [never_fired(alert, 118) for alert in CACHE_ALERTS])


@pytest.mark.parametrize("series", ['up{job="erpgo-api"}', "pg_up", "redis_up"])
def test_one_lost_scrape_hides_no_cold_cache(tmp_path: Path, series: str) -> None:
    signals = [
        gauge(series, (58, 1), (2, 0), (60, 1)),
        counter(HIT, (60, 18), (60, 0)),
        counter(MISS, (60, 2), (60, 20)),
    ]
    hold(tmp_path, signals, [firing("CriticalCacheHitRate", 74)])


def test_without_reads_a_firing_cache_alert_resolves(tmp_path: Path) -> None:
    signals = [counter(HIT, (180, 0)), counter(MISS, (60, 20), (120, 0))]
    expected = [firing("CriticalCacheHitRate", 58), quiet("CriticalCacheHitRate", 58 + 15 + 15 + 6)]
    hold(tmp_path, signals, expected)


def test_recovery_from_failures_never_leaves_the_warning_alone(tmp_path: Path) -> None:
    signals = [counter(OK, (60, 20), (60, 10), (120, 20)), counter(FAILED, (60, 0), (60, 10), (120, 0))]
    hold(
        tmp_path,
        signals,
        [firing("HighErrorRate", 118), uncovered("HighErrorRate", "CriticalErrorRate", 72, 238)],
    )


def test_recovery_from_a_full_pool_never_leaves_its_warnings_alone(tmp_path: Path) -> None:
    connections = 'erpgo_database_connections{{database="erp",state="{}"}}'
    query = "erpgo_database_query_duration_seconds"
    signals = [
        gauge(connections.format("active"), (60, 3), (60, 20), (120, 3)),
        gauge(connections.format("max"), (240, 20)),
        counter('erpgo_database_timeouts_total{type="lock"}', (60, 0), (60, 5), (120, 0)),
        counter(f'{query}_bucket{{le="0.5"}}', (60, 20), (60, 10), (120, 20)),
        counter(f'{query}_bucket{{le="1.0"}}', (60, 20), (60, 10), (120, 20)),
        counter(f'{query}_bucket{{le="+Inf"}}', (240, 20)),
        counter(f"{query}_count", (240, 20)),
    ]
    warnings = ("DatabaseConnectionHigh", "DatabaseSlowQueries", "DatabaseTimeouts")
    fired = [firing(alert, 118) for alert in ("DatabaseConnectionCritical", *warnings)]
    alone = [uncovered(alert, "DatabaseConnectionCritical", 72, 238) for alert in warnings]
    hold(tmp_path, signals, [*fired, *alone])


def test_one_busy_moment_of_a_leaking_pool_is_no_emergency(tmp_path: Path) -> None:
    """Seventeen of twenty are gone for good; for one scrape all are in use."""
    connections = 'erpgo_database_connections{{database="erp",state="{}"}}'
    signals = [
        gauge(connections.format("active"), (60, 17), (2, 20), (60, 17)),
        gauge(connections.format("max"), (122, 20)),
    ]
    hold(
        tmp_path,
        signals,
        [firing("DatabaseConnectionHigh", 58), never_fired("DatabaseConnectionCritical", 120)],
    )


def test_recovery_from_credential_stuffing_never_leaves_the_warning_alone(tmp_path: Path) -> None:
    failures = 'erpgo_auth_failures_total{reason="invalid_credentials",ip_address="10.0.0.1"}'
    signals = [counter(failures, (120, 0), (60, 2), (200, 0))]
    hold(
        tmp_path,
        signals,
        [
            firing("HighAuthFailureRate", 178),
            uncovered("HighAuthFailureRate", "CriticalAuthFailureRate", 140, 378),
        ],
    )


def test_the_canary_of_another_job_is_not_ours(tmp_path: Path) -> None:
    hold(tmp_path, [gauge('simulator_canary{job="x"}', (60, 1))], [never_fired("SimulatorCanary", 58)])


def test_a_prometheus_that_comes_back_misses_no_target_yet(tmp_path: Path) -> None:
    """Killed after a minute, back at 100 s; its first scrapes come 8 s later, its own 2 s after the others.

    A killed Prometheus marks nothing as stale: until it scrapes itself it knows the start of the one before.
    """
    signals = [
        gauge('up{job="node-exporter",instance="n:1"}', (60, 1), (48, None), (92, 1)),
        gauge('up{job="prometheus",instance="p:1"}', (60, 1), (50, None), (90, 1)),
        gauge('up{job="redis-exporter",instance="r:1"}', (60, 1), (50, None), (90, 1)),
        gauge('process_start_time_seconds{job="prometheus"}', (110, 0), (90, 100)),
    ]
    hold(tmp_path, signals, [never_fired("ScrapeTargetMissing", 198)])
