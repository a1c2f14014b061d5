"""The committed dashboards: fresh, complete by contract, and asking for metrics that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
from ruamel.yaml import YAML

from simulator.erpgo.api import metrics as erpgo
from simulator.erpgo.stack.grafana.dashboards import DASHBOARDS, FOLDER, file_of
from simulator.erpgo.stack.grafana.panels import RUNBOOKS, Dashboard, Panel
from simulator.erpgo.stack.prometheus.config import Intervals
from simulator.erpgo.stack.prometheus.rules import STAGING
from simulator.plan.panels import read_panels
from tests.dashboards.written import each_dashboard, panel, written

ROOT = Path(__file__).parents[2]
PANELS = {
    "erpgo-overview": [
        "Request Rate",
        "Status Codes",
        "Request Duration",
        "Goroutines",
        "Orders",
        "Memory",
    ],
    "erpgo-system-performance": [
        "HTTP Request Rate",
        "Response Time Percentiles",
        "Memory Usage",
        "Goroutine Count",
        "Active DB Connections",
        "HTTP Error Rate",
        "Cache Hit Rate",
    ],
    "erpgo-database-performance": [
        "Database Connection Pool",
        "Database Query Rate",
        "Query Response Time",
        "95th Percentile Query Time",
        "Slow Query Rate",
        "Database Errors",
        "Database Memory Usage",
    ],
    "erpgo-business-metrics": [
        "Order Creation Rate",
        "Orders by Customer Type",
        "Revenue per Hour",
        "User Activity",
        "Product Engagement",
        "Order and Cart Value Distribution",
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
    "simulator-gameday": [
        "Faults Injected",
        "Time to Notify",
        "Time to Detect",
        "Traffic Offered and Achieved",
        "Requests and Failures",
        "Response Time from the Intended Start",
        "Simulator CPU",
    ],
}
# What ERPGo exports, as its list names them; a histogram is queried by its parts.
ERPGO = {
    "erpgo_http_requests_total",
    "erpgo_http_request_duration_seconds_bucket",
    "erpgo_http_request_duration_seconds_count",
    "erpgo_http_request_duration_seconds_sum",
    "erpgo_system_memory_bytes",
    "erpgo_goroutines",
    "erpgo_database_connections",
    "erpgo_database_queries_total",
    "erpgo_database_transactions_total",
    "erpgo_database_query_duration_seconds_bucket",
    "erpgo_database_slow_queries_total",
    "erpgo_database_errors_total",
    "erpgo_database_timeouts_total",
    "erpgo_cache_operations_total",
    "erpgo_orders_created_total",
    "erpgo_orders_completed_total",
    "erpgo_orders_cancelled_total",
    "erpgo_revenue_total",
    "erpgo_order_value_dollars_bucket",
    "erpgo_cart_value_dollars_bucket",
    "erpgo_products_viewed_total",
    "erpgo_product_searches_total",
    "erpgo_user_registrations_total",
    "erpgo_user_logins_total",
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
}
SIMULATOR = {
    "simulator_fault_active",
    "simulator_alert_notify_seconds",
    "simulator_alert_detect_seconds",
    "simulator_arrivals_total",
    "simulator_requests_total",
    "simulator_request_failures_total",
    "simulator_intended_response_seconds_bucket",
    "simulator_cpu_percent",
    "simulator_users",
}
RECORDED = {
    "job:database_memory_bytes",
    "business:revenue_per_hour",
    "band:orders:low",
    "band:revenue:low",
}
EXPORTED = ERPGO | SIMULATOR | RECORDED | {"up"}
# What nobody is paged for: the simulator's own doings.
UNWATCHED = {"Faults Injected", "Traffic Offered and Achieved", "Simulator CPU"}


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
    assert committed == dashboard.render(), "run make generated"


def test_what_is_asked_for_exists() -> None:
    exported = {
        sample.name for family in erpgo.create(memory_limit=1).registry.collect() for sample in family.samples
    }
    # Requests, and states of the pool, come as they are made.
    assert ERPGO - exported <= {name for name in ERPGO if name.startswith(("erpgo_http_", "erpgo_database_"))}
    assert {rule.name for rule in STAGING.recordings} >= RECORDED
    source = (ROOT / "simulator/locust/metrics.py").read_text(encoding="utf-8")
    assert [name for name in SIMULATOR if f'"{re.sub("_(total|bucket)$", "", name)}"' not in source] == []


def test_nothing_is_listed_that_no_panel_asks_for() -> None:
    asked = {
        name
        for dashboard in DASHBOARDS
        for each in dashboard.panels
        for query in each.queries
        for name in metrics(query.expr)
    }
    assert asked == EXPORTED


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
        assert all(re.fullmatch(r"\w+", ref) for ref in refs)
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


def test_nothing_that_runs_imports_the_generator() -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("simulator", "stack", "scenarios")
        for path in (ROOT / folder).rglob("*.py")
        if "grafana_foundation_sdk" in path.read_text(encoding="utf-8")
    }
    assert importers == {"simulator/erpgo/stack/grafana/panels.py"}


def test_a_panel_without_limits_has_none() -> None:
    plain = Panel("t", "d", "short", (), runbook="")
    [rendered] = json.loads(Dashboard("u", "t", (plain,)).render())["panels"]
    assert "thresholds" not in rendered["fieldConfig"]["defaults"]
    assert "links" not in rendered


@each_dashboard
def test_every_panel_links_to_the_runbook_of_the_alerts_that_watch_it(dashboard: Dashboard) -> None:
    families = {alert.family for alert in STAGING.alerts}
    for drawn, each in zip(written(dashboard)["panels"], dashboard.panels, strict=True):
        if each.title in UNWATCHED:
            assert (each.runbook, drawn.get("links", [])) == ("", [])
            continue
        [link] = drawn["links"]
        assert (link["title"], link["type"]) == ("Runbook", "link")
        assert link["url"] == f"{RUNBOOKS}/{each.runbook}.md"
        assert each.runbook in families
        assert (ROOT / "docs/runbooks" / f"{each.runbook}.md").is_file(), each.title


def test_grafana_serves_the_runbooks() -> None:
    compose = YAML(typ="safe").load(ROOT / "simulator/erpgo/stack/compose.yaml")
    assert (
        f"../../../docs/runbooks:/usr/share/grafana{RUNBOOKS}:ro" in compose["services"]["grafana"]["volumes"]
    )


@each_dashboard
def test_faults_are_annotations(dashboard: Dashboard) -> None:
    [faults] = written(dashboard)["annotations"]["list"]
    assert faults["enable"]
    assert faults["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    assert "simulator_fault_active == 1" in faults["target"]["expr"]
    assert set(metrics(faults["target"]["expr"])) == {"simulator_fault_active"}
    assert faults["target"]["interval"] == f"{Intervals().scrape:g}s"


def test_faults_are_a_state_timeline() -> None:
    kinds = {each["type"]: each["title"] for uid in DASHBOARDS for each in written(uid)["panels"]}
    assert set(kinds) == {"timeseries", "state-timeline"}
    assert kinds["state-timeline"] == "Faults Injected"
    [words] = panel("Faults Injected").panel["fieldConfig"]["defaults"]["mappings"]
    assert words["options"] == {
        "0": {"text": "no fault", "color": "green"},
        "1": {"text": "injected", "color": "red"},
    }


def test_the_simulator_reads_every_panel() -> None:
    read = read_panels(FOLDER, scrape_interval=2.0)
    assert {(each.dashboard, each.title) for each in read} == {
        (uid, title) for uid, titles in PANELS.items() for title in titles
    }
    assert not [target for each in read for target in each.targets if "$" in target.expr]


def test_a_panel_settles_once_its_widest_window_has_passed_and_what_looks_back_further_is_not_watched() -> (
    None
):
    read = {each.title: each for each in read_panels(FOLDER, scrape_interval=2.0)}
    assert read["HTTP Request Rate"].settles == 15 + 4
    assert read["Revenue per Hour"].settles == 30 + 4
    assert [target.legend for target in read["Revenue per Hour"].targets] == ["now"]


@pytest.mark.parametrize("title", ["Faults Injected", "Time to Notify", "Time to Detect"])
def test_a_game_day_that_has_not_come_so_far_is_zero(title: str) -> None:
    assert any(query.endswith("or 0 * max (simulator_users)") for query in panel(title).queries.values())
