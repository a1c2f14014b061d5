"""What the panels that faults must move show: before, during and after."""

from pathlib import Path

from stack.grafana.dashboards import DASHBOARDS
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
