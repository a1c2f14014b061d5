"""The committed dashboards: fresh, complete by contract, and asking for metrics that exist."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from stack.grafana.dashboards import DASHBOARDS, FOLDER, file_of
from stack.grafana.panels import Above, Below, Dashboard, Panel
from stack.grafana.thresholds import limit
from stack.prometheus.rules import STAGING

PANELS = {
    "erpgo-system-performance": [
        "HTTP Request Rate",
        "Response Time Percentiles",
        "Memory Usage",
        "Goroutine Count",
        "Active DB Connections",
        "HTTP Error Rate",
        "Cache Hit Rate",
    ],
    "erpgo-security-metrics": [
        "Authentication Failures/sec",
        "Rate Limit Violations/min",
        "Blocked Requests/min",
        "Security Events/min",
        "Authentication Activity",
        "Request Blocking Activity",
        "Threat Detection",
        "JWT Token Management",
    ],
}
# What ERPGo exports, as its list names them; a histogram is queried by its parts.
EXPORTED = {
    "erpgo_http_requests_total",
    "erpgo_http_request_duration_seconds_bucket",
    "erpgo_system_memory_bytes",
    "erpgo_goroutines",
    "erpgo_database_connections",
    "erpgo_cache_operations_total",
    "erpgo_auth_failures_total",
    "erpgo_auth_successes_total",
    "erpgo_auth_attempts_total",
    "erpgo_rate_limit_violations_total",
    "erpgo_blocked_requests_total",
    "erpgo_security_events_total",
    "erpgo_jwt_tokens_issued_total",
    "erpgo_jwt_tokens_validated_total",
    "erpgo_jwt_tokens_expired_total",
    "erpgo_jwt_tokens_blacklisted_total",
    "up",
}
each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)


@dataclass(frozen=True)
class Written:
    """A panel as Grafana reads it."""

    panel: dict[str, Any]

    @property
    def queries(self) -> dict[str, str]:
        return {target["refId"]: target["expr"] for target in self.panel["targets"]}


def written(dashboard: Dashboard) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file_of(dashboard).read_text(encoding="utf-8"))
    return content


def panel(title: str) -> Written:
    found = [
        each for dashboard in DASHBOARDS for each in written(dashboard)["panels"] if each["title"] == title
    ]
    return Written(found[0])


def metrics(expr: str) -> Iterator[str]:
    names: list[str] = []

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            names.append(str(node.name))
        return True

    promql_parser.walk(promql_parser.parse(expr.replace("$__rate_interval", "8s")), note)
    yield from names


@each_dashboard
def test_the_committed_json_is_fresh(dashboard: Dashboard) -> None:
    committed = file_of(dashboard).read_text(encoding="utf-8")
    assert committed == dashboard.render(), "run make dashboards"


def test_no_dashboard_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(PANELS)
    assert {dashboard.uid for dashboard in DASHBOARDS} == set(PANELS)


@each_dashboard
def test_the_panels_are_the_contracts(dashboard: Dashboard) -> None:
    content = written(dashboard)
    assert content["uid"] == dashboard.uid
    assert [each["title"] for each in content["panels"]] == PANELS[dashboard.uid]
    assert content["time"] == {"from": "now-15m", "to": "now"}
    assert content["refresh"] == "5s"


@each_dashboard
def test_every_target_says_where_it_asks_and_what_it_is_called(dashboard: Dashboard) -> None:
    for each in written(dashboard)["panels"]:
        refs = [target["refId"] for target in each["targets"]]
        assert each["maxDataPoints"] == 1000
        assert each["fieldConfig"]["defaults"]["unit"]
        assert len(refs) == len(set(refs))
        assert all(refs)
        for asker in (each, *each["targets"]):
            assert asker["datasource"] == {"type": "prometheus", "uid": "prometheus"}


@each_dashboard
def test_every_query_parses_and_asks_for_exported_metrics(dashboard: Dashboard) -> None:
    for each in dashboard.panels:
        for query in each.queries:
            asked = set(metrics(query.expr))
            assert asked
            assert asked <= EXPORTED, f"{each.title}: {asked - EXPORTED}"


@each_dashboard
def test_panels_do_not_overlap(dashboard: Dashboard) -> None:
    places = [each["gridPos"] for each in written(dashboard)["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_percentiles_are_named() -> None:
    assert list(panel("Response Time Percentiles").queries) == ["p50", "p95", "p99"]


def test_the_request_rate_ends_with_its_series() -> None:
    [query] = panel("HTTP Request Rate").queries.values()
    assert " or " not in query


@pytest.mark.parametrize("title", ["HTTP Error Rate", "Authentication Failures/sec"])
def test_what_has_not_happened_yet_is_zero(title: str) -> None:
    [query] = panel(title).queries.values()
    assert "or 0 * sum" in query


@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Response Time Percentiles", [None, 1, 2]),
        ("HTTP Error Rate", [None, 0.05, 0.10]),
        ("Cache Hit Rate", [None, 0.50, 0.80]),
        ("Authentication Failures/sec", [None, 5 / 60, 20 / 60]),
    ],
)
def test_limits_are_the_alerts(title: str, values: list[float | None]) -> None:
    steps = panel(title).panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == values


def test_the_pool_limits_are_shares_of_its_maximum() -> None:
    queries = panel("Active DB Connections").queries
    assert queries["high"] == f"0.8 * {queries['max']}"
    assert queries["critical"] == f"0.95 * {queries['max']}"


def test_colours_follow_what_is_bad() -> None:
    above = [step.color for step in Above(1, 2).steps()]
    below = [step.color for step in Below(0.8, 0.5).steps()]
    assert above == ["green", "orange", "red"]
    assert below == ["red", "orange", "green"]


def test_an_alert_without_a_limit_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="ApplicationDown has no threshold"):
        limit("ApplicationDown")
    assert limit("HighErrorRate") == STAGING.alert("HighErrorRate").threshold


def test_nothing_that_runs_imports_the_generator() -> None:
    root = Path(__file__).parents[2]
    importers = {
        path.relative_to(root).as_posix()
        for folder in ("simulator", "stack", "scenarios")
        for path in (root / folder).rglob("*.py")
        if "grafana_foundation_sdk" in path.read_text(encoding="utf-8")
    }
    assert importers == {"stack/grafana/panels.py"}


def test_a_panel_without_limits_has_none() -> None:
    plain = Panel("t", "d", "short", ())
    rendered = json.loads(Dashboard("u", "t", (plain,)).render())
    assert "thresholds" not in rendered["panels"][0]["fieldConfig"]["defaults"]
