"""What a band has learned must not decide what pages: neither another run's traffic, nor a minute or an hour of its own."""

from pathlib import Path

import pytest

from simulator.erpgo.stack.prometheus.model import RuleSet
from simulator.erpgo.stack.prometheus.rules import PRODUCTION, STAGING
from tests.rules.rule_scenarios import (
    STEPS,
    Expected,
    Signal,
    counter,
    firing,
    gauge,
    hold,
    never_fired,
)

DURATION = "erpgo_http_request_duration_seconds"
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
ORDERS = 'erpgo_orders_created_total{status="pending"}'
REVENUE = 'erpgo_revenue_total{currency="USD"}'
LOGINS = 'erpgo_user_logins_total{status="failure"}'
BEGAN = "simulator_traffic_began_timestamp_seconds"
FAULT = 'simulator_fault_active{fault="x"}'
SLOW = "ResponseTimeAboveBand"
LATER = 60
"""Seconds that a fault lasts, and more than any alert on a band needs."""


def answers(*phases: tuple[int, float, float]) -> list[Signal]:
    """Forty requests a second; each phase is its seconds, how long its slow tenth takes, and how long the others do."""
    return [
        *(
            counter(
                f'{DURATION}_bucket{{le="{edge:g}"}}',
                *(
                    (seconds, 40.0 * (0.1 * (slow <= edge) + 0.9 * (fast <= edge)))
                    for seconds, slow, fast in phases
                ),
            )
            for edge in EDGES
        ),
        counter(f'{DURATION}_bucket{{le="+Inf"}}', *((seconds, 40.0) for seconds, _, _ in phases)),
        counter(f"{DURATION}_count", *((seconds, 40.0) for seconds, _, _ in phases)),
    ]


def faulty(healthy: int) -> list[Signal]:
    """The simulator's run began at once, and its fault is active after the healthy time."""
    return [gauge(BEGAN, (healthy + LATER, 1000.0)), gauge(FAULT, (healthy, 0.0), (LATER, 1.0))]


HISTORIES = {
    "a fresh start": ((80, 0.004, 0.004),),
    "a cold start": ((30, 0.09, 0.02), (50, 0.004, 0.004)),
    "ten calm minutes": ((600, 0.004, 0.004),),
    "ten busy minutes": ((600, 0.09, 0.02),),
    "bursts": ((60, 0.004, 0.004), (30, 0.24, 0.04)) * 6,
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_a_wait_that_is_usual_nowhere_and_hurts_nobody_pages_whatever_was_learned(
    tmp_path: Path, history: tuple[tuple[int, float, float], ...]
) -> None:
    """A hung cache's two waits of 0.2 s, were every tenth request to meet them."""
    healthy = sum(seconds for seconds, _, _ in history)
    signals = answers(*history, (LATER, 0.4, 0.004))
    hold(tmp_path, [*signals, *faulty(healthy)], [never_fired(SLOW, healthy + LATER - 2)], STAGING)


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_a_wait_that_hurts_pages_whatever_was_learned(
    tmp_path: Path, history: tuple[tuple[int, float, float], ...]
) -> None:
    healthy = sum(seconds for seconds, _, _ in history)
    signals = answers(*history, (LATER, 0.7, 0.004))
    hold(tmp_path, [*signals, *faulty(healthy)], [firing(SLOW, healthy + 30)], STAGING)


@pytest.mark.parametrize("neighbour", ["redis_up", "pg_up", 'up{job="erpgo-api",instance="a:1"}'])
def test_what_is_slow_for_want_of_a_neighbour_is_that_neighbours_page(tmp_path: Path, neighbour: str) -> None:
    healthy = 120
    signals = answers((healthy, 0.004, 0.004), (LATER, 0.7, 0.004))
    down = gauge(neighbour, (healthy, 1.0), (LATER, 0.0))
    hold(
        tmp_path,
        [*signals, *faulty(healthy), down],
        [never_fired(SLOW, healthy + LATER - 2)],
        STAGING,
    )


def test_the_same_in_production(tmp_path: Path) -> None:
    """Yesterday this hour was calm; today the cache is dead."""
    day, hour, dead = 86_400, 1800, 900
    signals = answers((day, 0.004, 0.004), (hour, 0.004, 0.004), (dead, 0.7, 0.004))
    cache = gauge("redis_up", (day + hour, 1.0), (dead, 0.0))
    silent = never_fired(SLOW, day + hour + dead - 15)
    hold(
        tmp_path,
        [*signals, cache],
        [firing("RedisDown", day + hour + 300), silent],
        PRODUCTION,
    )


@pytest.mark.parametrize("pause", [0, 120], ids=["at once", "after two idle minutes"])
def test_a_smaller_run_after_a_larger_one_pages_nobody(tmp_path: Path, pause: int) -> None:
    """The same stack, fewer users: nobody has lost a customer."""
    large, small = 300, 300
    phases = ((large, 40.0), (pause, 0.0), (small, 8.0))
    away: list[tuple[int, float | None]] = [(pause, None)] if pause else []
    signals = [
        counter(ORDERS, *phases),
        counter(REVENUE, *((seconds, 100 * rate / 8) for seconds, rate in phases)),
        counter(LOGINS, (large, 0.01), (pause, 0.0), (small, 0.075)),
        gauge(BEGAN, (large, 1000.0), *away, (small, 1300.5)),
        gauge('up{job="simulator"}', (large, 1.0), *away, (small, 1.0)),
    ]
    end = large + pause + small - 2
    quiet = [
        never_fired(alert, end)
        for alert in ("OrderRateBelowBand", "RevenueCollapse", "LoginFailuresAboveBand")
    ]
    learned = Expected(end, "round(band:orders:low)", (4.0,))
    hold(tmp_path, signals, [*quiet, learned])


def test_the_same_run_that_loses_its_customers_pages(tmp_path: Path) -> None:
    signals = [
        counter(ORDERS, (300, 40.0), (60, 8.0)),
        gauge(BEGAN, (360, 1000.0)),
        gauge('up{job="simulator"}', (360, 1.0)),
    ]
    hold(tmp_path, signals, [firing("OrderRateBelowBand", 326)], STAGING)


def test_without_a_simulator_staging_learns_too(tmp_path: Path) -> None:
    hold(tmp_path, [counter(ORDERS, (120, 10.0))], [Expected(118, "round(band:orders:low)", (5.0,))])


@pytest.mark.parametrize("rules", [STAGING, PRODUCTION], ids=lambda rules: rules.name)
def test_a_time_without_requests_is_no_history(tmp_path: Path, rules: RuleSet) -> None:
    """The 95th percentile of nothing is not a number: as a history it would be a band that nothing exceeds."""
    step = STEPS[rules.name]
    idle = 100 * step
    still = [counter(f'{DURATION}_bucket{{le="{edge}"}}', (idle, 0.0)) for edge in ("0.5", "1.0", "+Inf")]
    expected = Expected(idle - step, "count(learned:response_time:p95)", ())
    hold(tmp_path, still, [expected], rules)
