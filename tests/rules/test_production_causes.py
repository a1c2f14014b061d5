"""One cause, one page in production too: few scrapes, several replicas, long windows."""

from pathlib import Path

import pytest

from simulator.erpgo.stack.prometheus.rules import PRODUCTION
from tests.rules.rule_scenarios import Expected, Signal, counter, firing, gauge, hold, never_fired

API = 'up{{job="erpgo-api",instance="api-{}"}}'
HIT, MISS = (
    f'erpgo_cache_operations_total{{operation="get",cache_type="product",result="{result}"}}'
    for result in ("hit", "miss")
)
QUERIES = 'erpgo_database_queries_total{operation="select",table="products"}'
ERRORS = 'erpgo_database_errors_total{operation="select",error_type="connection"}'
COLD = [counter(HIT, (1800, 4.0)), counter(MISS, (1800, 16.0))]
"""A fifth of the reads are hits."""


@pytest.mark.parametrize("flaky", ["pg_up", "redis_up", API.format(1)])
def test_a_scrape_that_is_lost_now_and_then_hides_no_symptom(tmp_path: Path, flaky: str) -> None:
    up = gauge(flaky, *((45, 1.0), (15, 0.0)) * 30)
    hold(tmp_path, [*COLD, up], [firing("CriticalCacheHitRate", 1200)], PRODUCTION)


def test_one_dead_replica_of_two_hides_no_symptom(tmp_path: Path) -> None:
    replicas = [gauge(API.format(1), (1800, 1.0)), gauge(API.format(2), (1800, 0.0))]
    expected = [firing("ApplicationDown", 600), firing("CriticalCacheHitRate", 1200)]
    hold(tmp_path, [*COLD, *replicas], expected, PRODUCTION)


@pytest.mark.parametrize("outage", [120, 600])
def test_a_dead_database_pages_once_and_its_errors_do_not_page_when_it_is_back(
    tmp_path: Path, outage: int
) -> None:
    well, after = 600, 1200
    signals: list[Signal] = [
        gauge("pg_up", (well, 1.0), (outage, 0.0), (after, 1.0)),
        counter(QUERIES, (well, 20.0), (outage, 20.0), (after, 20.0)),
        counter(ERRORS, (well, 0.0), (outage, 20.0), (after, 0.0)),
    ]
    end = well + outage + after - 15
    expected = [
        firing("PostgreSQLDown", well + outage - 15),
        never_fired("CriticalDatabaseErrorRate", end),
        never_fired("DatabaseErrorRate", end),
    ]
    hold(tmp_path, signals, expected, PRODUCTION)


def test_errors_of_a_database_that_answers_page(tmp_path: Path) -> None:
    signals = [
        gauge("pg_up", (1200, 1.0)),
        counter(QUERIES, (1200, 20.0)),
        counter(ERRORS, (600, 0.0), (600, 2.0)),
    ]
    hold(tmp_path, signals, [firing("CriticalDatabaseErrorRate", 1150)], PRODUCTION)


def test_the_recorded_hit_rate_has_a_value_at_a_scrape_every_fifteen_seconds(tmp_path: Path) -> None:
    job = ',job="erpgo-api"}'
    signals = [Signal(one.series.replace("}", job), one.phases, one.counter) for one in COLD]
    hold(tmp_path, signals, [Expected(1200, "round(job:cache_hit_rate, 0.01)", (0.2,))], PRODUCTION)
