"""What the panels that faults must move show: before, during and after."""

from pathlib import Path

from simulator.erpgo.stack.grafana.dashboards import DASHBOARDS
from tests.rules.rule_scenarios import Expected, Signal, counter, gauge, hold

# Grafana's value for a data source with a 2 s interval: max(interval + scrape, 4 x scrape).
RATE_INTERVAL = "8s"
UP = 'up{job="erpgo-api"}'
OK, FAILED = (f'erpgo_http_requests_total{{status_code="{code}"}}' for code in ("200", "503"))


def shows(title: str, name: str, at: int, *values: float) -> Expected:
    panels = (panel for dashboard in DASHBOARDS for panel in dashboard.panels if panel.title == title)
    expr = next(query.expr for panel in panels for query in panel.queries if query.name == name)
    return Expected(at, f"round({expr.replace('$__rate_interval', RATE_INTERVAL)}, 0.001)", values)


def killed() -> list[Signal]:
    return [
        gauge(UP, (60, 1), (60, 0)),
        counter(OK, (60, 20), (60, None)),
        counter(FAILED, (60, 0), (60, None)),
    ]


def test_the_request_rate_of_a_killed_api_disappears(tmp_path: Path) -> None:
    gone = 60 + 8 + 2
    hold(
        tmp_path,
        killed(),
        [shows("HTTP Request Rate", "requests", 58, 20), shows("HTTP Request Rate", "requests", gone)],
    )


def test_an_error_rate_without_errors_is_zero(tmp_path: Path) -> None:
    signals = [gauge(UP, (120, 1)), counter(OK, (120, 20))]
    hold(tmp_path, signals, [shows("HTTP Error Rate", "errors", 58, 0)])


def test_the_error_rate_is_a_share(tmp_path: Path) -> None:
    signals = [gauge(UP, (120, 1)), counter(OK, (60, 20), (60, 15)), counter(FAILED, (60, 0), (60, 5))]
    panel = "HTTP Error Rate"
    hold(tmp_path, signals, [shows(panel, "errors", 58, 0), shows(panel, "errors", 80, 0.25)])


def test_refused_logins_are_zero_before_the_first_and_counted_a_second_after(tmp_path: Path) -> None:
    panel = "Authentication Failures/sec"
    failures = counter('erpgo_auth_failures_total{reason="invalid_credentials"}', (60, 0), (60, 3))
    hold(tmp_path, [gauge(UP, (120, 1))], [shows(panel, "failures", 58, 0)])
    hold(
        tmp_path,
        [gauge(UP, (120, 1)), failures],
        [shows(panel, "failures", 58, 0), shows(panel, "failures", 80, 3)],
    )


def test_the_hit_rate_counts_errors_as_misses(tmp_path: Path) -> None:
    reads = 'erpgo_cache_operations_total{{operation="get",result="{}"}}'
    signals = [
        counter(reads.format("hit"), (60, 18), (60, 4)),
        counter(reads.format("miss"), (120, 2)),
        counter(reads.format("error"), (60, 0), (60, 14)),
    ]
    panel = "Cache Hit Rate"
    hold(tmp_path, signals, [shows(panel, "hits", 58, 0.9), shows(panel, "hits", 80, 0.2)])


def test_percentiles_tell_slow_requests_from_fast_ones(tmp_path: Path) -> None:
    bucket = 'erpgo_http_request_duration_seconds_bucket{{le="{}"}}'
    signals = [
        counter(bucket.format("0.1"), (120, 9)),
        counter(bucket.format("2.0"), (120, 9)),
        counter(bucket.format("2.5"), (120, 10)),
        counter(bucket.format("+Inf"), (120, 10)),
    ]
    panel = "Response Time Percentiles"
    hold(tmp_path, signals, [shows(panel, "p50", 80, 0.056), shows(panel, "p95", 80, 2.25)])


def histogram(name: str, labels: str, *counts: tuple[str, float]) -> list[Signal]:
    """A histogram whose buckets grow by these counts a second, for two minutes."""
    return [counter(f'{name}_bucket{{{labels},le="{bound}"}}', (120, count)) for bound, count in counts]


def test_percentiles_of_queries_are_over_all_and_by_operation(tmp_path: Path) -> None:
    name = "erpgo_database_query_duration_seconds"
    fast = histogram(name, 'operation="select",table="orders"', ("0.1", 19), ("1.0", 19), ("+Inf", 19))
    slow = histogram(name, 'operation="update",table="stock"', ("0.1", 0), ("1.0", 1), ("+Inf", 1))
    panel = "Query Response Time"
    hold(
        tmp_path,
        fast + slow,
        [
            shows(panel, "p50", 80, 0.053),
            shows(panel, "p99", 80, 0.82),
            # One of select and one of update, which the test's language adds up.
            shows("95th Percentile Query Time", "p95", 80, 0.095 + 0.955),
        ],
    )


def test_the_mean_duration_is_a_sum_over_a_sum(tmp_path: Path) -> None:
    name = "erpgo_http_request_duration_seconds"
    signals = [
        counter(f'{name}_sum{{endpoint="/a"}}', (120, 2)),
        counter(f'{name}_sum{{endpoint="/b"}}', (120, 1)),
        counter(f'{name}_count{{endpoint="/a"}}', (120, 10)),
        counter(f'{name}_count{{endpoint="/b"}}', (120, 20)),
    ]
    hold(tmp_path, signals, [shows("Request Duration", "mean", 80, 0.1)])


def test_database_errors_are_zero_before_the_first_and_gone_with_the_api(tmp_path: Path) -> None:
    panel = "Database Errors"
    timeouts = counter('erpgo_database_timeouts_total{type="lock"}', (60, 0), (30, 0.5), (60, None))
    hold(
        tmp_path,
        [gauge(UP, (90, 1), (60, 0)), timeouts],
        [
            shows(panel, "errors", 58, 0),
            shows(panel, "timeouts", 58, 0),
            shows(panel, "timeouts", 80, 0.5),
            shows(panel, "errors", 110),
            shows(panel, "timeouts", 110),
        ],
    )


def test_the_limits_of_the_pool_are_shares_of_it(tmp_path: Path) -> None:
    panel = "Database Connection Pool"
    states = {"active": 3, "idle": 7, "max": 20}
    signals = [
        gauge(f'erpgo_database_connections{{database="erp",state="{state}"}}', (60, value))
        for state, value in states.items()
    ]
    lines = {**states, "high": 16, "critical": 19}
    hold(tmp_path, signals, [shows(panel, line, 50, value) for line, value in lines.items()])


def test_the_pace_of_revenue_is_of_now_and_of_five_minutes(tmp_path: Path) -> None:
    panel = "Revenue per Hour"
    usd, eur = (f'erpgo_revenue_total{{job="erpgo-api",currency="{code}"}}' for code in ("USD", "EUR"))
    hold(
        tmp_path,
        [gauge(UP, (660, 1)), counter(usd, (600, 9), (60, 0)), counter(eur, (660, 1))],
        [
            shows(panel, "now", 500, 36_000),
            shows(panel, "5m", 500, 36_000),
            shows(panel, "now", 656, 3_600),
        ],
    )


def test_five_minutes_of_revenue_are_drawn_when_they_are_nearly_full(tmp_path: Path) -> None:
    panel = "Revenue per Hour"
    usd = 'erpgo_revenue_total{job="erpgo-api",currency="USD"}'
    hold(
        tmp_path,
        [gauge(UP, (1000, 1)), counter(usd, (300, 0), (700, 10))],
        [
            shows(panel, "now", 200, 0),
            shows(panel, "5m", 200),
            shows(panel, "now", 400, 36_000),
            shows(panel, "5m", 520),
            shows(panel, "5m", 700, 36_000),
        ],
    )


def test_revenue_is_zero_before_the_first_order(tmp_path: Path) -> None:
    hold(tmp_path, [gauge(UP, (60, 1))], [shows("Revenue per Hour", "now", 50, 0)])


def test_the_values_of_orders_are_percentiles(tmp_path: Path) -> None:
    panel = "Order and Cart Value Distribution"
    bucket = 'erpgo_order_value_dollars_bucket{{customer_type="retail",le="{}"}}'
    counts = (("50", 1), ("100", 2), ("+Inf", 2))
    retail = [counter(bucket.format(bound), (360, count)) for bound, count in counts]
    sold = counter('erpgo_revenue_total{currency="USD"}', (360, 100))
    expected = [shows(panel, "order_p50", 110, 50), shows(panel, "order_p95", 350, 95)]
    # One order in twenty is above p95: it is not drawn before there are minutes of them.
    hold(tmp_path, [*retail, sold], [*expected, shows(panel, "order_p95", 110)])


def test_a_game_day_shows_zero_until_a_fault_and_a_page(tmp_path: Path) -> None:
    notify = 'simulator_alert_notify_seconds{{experiment="db",alert="{}"}}'
    signals = [
        gauge("simulator_users", (180, 150)),
        gauge('simulator_fault_active{experiment="db",fault="service-kill"}', (60, None), (60, 1), (60, 0)),
        gauge(notify.format("PostgreSQLDown"), (90, None), (90, 12)),
        gauge(notify.format("HighErrorRate"), (90, None), (90, 20)),
    ]
    hold(
        tmp_path,
        signals,
        [
            shows("Faults Injected", "any", 50, 0),
            shows("Faults Injected", "any", 100, 1),
            shows("Faults Injected", "faults", 100, 1),
            shows("Faults Injected", "any", 170, 0),
            shows("Time to Notify", "slowest", 50, 0),
            shows("Time to Notify", "slowest", 100, 20),
            shows("Time to Notify", "alerts", 100, 12 + 20),
            shows("Time to Detect", "slowest", 100, 0),
        ],
    )


def test_without_locust_a_game_day_shows_nothing(tmp_path: Path) -> None:
    hold(tmp_path, [gauge(UP, (60, 1))], [shows("Faults Injected", "any", 50)])
