from pathlib import Path

import pytest

from simulator.erpgo.stack.prometheus.rules import STAGING
from tests.rules.rule_scenarios import Expected, Signal, counter, gauge, hold

LONG = 600
HTTP = 'erpgo_http_requests_total{{job="erpgo-api",status_code="{}"}}'
DURATION = "erpgo_http_request_duration_seconds"
CONNECTIONS = 'erpgo_database_connections{{job="erpgo-api",database="erp",state="{}"}}'
CACHE = 'erpgo_cache_operations_total{{job="erpgo-api",operation="{}",result="{}"}}'
MEMORY = 'erpgo_system_memory_bytes{{job="erpgo-api",type="{}"}}'

SIGNALS: tuple[Signal, ...] = (
    counter(HTTP.format("200"), (LONG, 18)),
    counter(HTTP.format("500"), (LONG, 1.5)),
    counter(HTTP.format("503"), (LONG, 0.5)),
    counter(f'{DURATION}_sum{{job="erpgo-api",endpoint="/a"}}', (LONG, 1)),
    counter(f'{DURATION}_sum{{job="erpgo-api",endpoint="/b"}}', (LONG, 4)),
    counter(f'{DURATION}_count{{job="erpgo-api",endpoint="/a"}}', (LONG, 10)),
    counter(f'{DURATION}_count{{job="erpgo-api",endpoint="/b"}}', (LONG, 10)),
    gauge(CONNECTIONS.format("active"), (LONG, 5)),
    gauge(CONNECTIONS.format("max"), (LONG, 20)),
    counter(CACHE.format("get", "hit"), (LONG, 9)),
    counter(CACHE.format("get", "miss"), (LONG, 0.5)),
    counter(CACHE.format("get", "error"), (LONG, 0.5)),
    counter(CACHE.format("set", "ok"), (LONG, 100)),
    counter('erpgo_orders_created_total{job="erpgo-api",status="pending"}', (LONG, 0.5)),
    counter('erpgo_revenue_total{job="erpgo-api",currency="USD"}', (LONG, 2)),
    counter('erpgo_user_registrations_total{job="erpgo-api",user_type="customer"}', (LONG, 0.1)),
    gauge(MEMORY.format("alloc"), (LONG, 64e6)),
    gauge(MEMORY.format("sys"), (LONG, 256e6)),
)
VALUES = {
    "job:http_requests:rate5m": 20.0,
    "job:http_requests_errors:rate5m": 2.0,
    "job:http_request_duration_seconds:mean5m": 0.25,
    "job:db_connections_pool_usage": 0.25,
    "job:cache_hit_rate": 0.9,
    "business:orders_per_minute": 30.0,
    "business:revenue_per_hour": 7200.0,
    "business:user_registrations_per_hour": 360.0,
    "system:memory_usage_percent": 25.0,
    "system:error_rate_percent": 10.0,
}


@pytest.mark.parametrize(("name", "value"), VALUES.items())
def test_its_value_is_what_its_name_says(name: str, value: float, tmp_path: Path) -> None:
    rounded = f"round({name}, 0.0001)"
    hold(tmp_path, SIGNALS, [Expected(LONG - 2, rounded, (value,))])


def test_without_failures_the_error_rates_are_zero(tmp_path: Path) -> None:
    names = ("job:http_requests_errors:rate5m", "system:error_rate_percent")
    hold(
        tmp_path,
        [counter(HTTP.format("200"), (LONG, 18))],
        [Expected(LONG - 2, name, (0.0,)) for name in names],
    )


def test_the_ten_names_of_the_contract_are_there() -> None:
    assert {rule.name for rule in STAGING.recordings} >= set(VALUES)


CONTAINER = 'container_memory_working_set_bytes{container_label_com_docker_compose_service="postgres"}'


def test_the_databases_memory_is_the_containers_where_there_is_one(tmp_path: Path) -> None:
    signals = [gauge(CONTAINER, (60, 9e7)), gauge("pg_up", (60, 1)), *SETTINGS]
    hold(tmp_path, signals, [Expected(58, "job:database_memory_bytes", (9e7,))])


def test_without_containers_it_is_what_the_server_may_use_for_its_sessions(tmp_path: Path) -> None:
    hold(
        tmp_path,
        [gauge("pg_up", (60, 1)), *SETTINGS],
        [Expected(58, "job:database_memory_bytes", (32e6 + 10 * 4e6,))],
    )


def test_a_dead_database_uses_none_though_its_container_is_still_shown(tmp_path: Path) -> None:
    signals = [gauge(CONTAINER, (120, 9e7)), gauge("pg_up", (60, 1), (60, 0)), *SETTINGS]
    hold(tmp_path, signals, [Expected(64, "job:database_memory_bytes", ())])


SETTINGS = (
    gauge("pg_settings_shared_buffers_bytes", (60, 32e6)),
    gauge("pg_settings_work_mem_bytes", (60, 4e6)),
    gauge('pg_stat_activity_count{state="active"}', (60, 3)),
    gauge('pg_stat_activity_count{state="idle"}', (60, 7)),
)
