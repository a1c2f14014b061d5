"""Where panels draw a line: where the alerts do."""

import json

import pytest

from simulator.erpgo.stack.grafana.panels import Above, Below, Dashboard, Panel, Query
from simulator.erpgo.stack.grafana.thresholds import limit
from simulator.erpgo.stack.prometheus.rules import STAGING
from tests.dashboards.written import Written, panel


@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Response Time Percentiles", [None, 1, 2]),
        ("HTTP Error Rate", [None, 0.05, 0.10]),
        ("Cache Hit Rate", [None, 0.50, 0.80]),
        ("Authentication Failures/sec", [None, 5 / 60, 20 / 60]),
        ("Rate Limit Violations/min", [None, 60, 600]),
        ("Security Events/min", [None, 12, 120]),
        ("Goroutine Count", [None, 1000, 5000]),
        ("Goroutines", [None, 1000, 5000]),
        ("Request Duration", [None, 1, 2]),
        ("Query Response Time", [None, 0.5]),
        ("95th Percentile Query Time", [None, 0.5]),
        ("Database Errors", [None, 0.2]),
        ("Order Creation Rate", [None, 0.1 / 3600]),
        ("User Activity", [None, 0.5 / 3600]),
        ("Time to Notify", [None, 30]),
    ],
)
def test_limits_are_the_alerts(title: str, values: list[float | None]) -> None:
    steps = panel(title).panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, *(pytest.approx(value) for value in values[1:])]


@pytest.mark.parametrize(
    ("title", "whole", "warning", "critical"),
    [
        ("Active DB Connections", "max", "DatabaseConnectionHigh", "DatabaseConnectionCritical"),
        ("Database Connection Pool", "max", "DatabaseConnectionHigh", "DatabaseConnectionCritical"),
        ("Memory Usage", "sys", "HighMemoryUsage", "CriticalMemoryUsage"),
        ("Memory", "sys", "HighMemoryUsage", "CriticalMemoryUsage"),
    ],
)
def test_limits_that_are_shares_are_dashed_lines(title: str, whole: str, warning: str, critical: str) -> None:
    drawn = panel(title)
    assert drawn.queries["high"] == f"{limit(warning)} * {drawn.queries[whole]}"
    assert drawn.queries["critical"] == f"{limit(critical)} * {drawn.queries[whole]}"
    assert drawn.dashed == {"high": "orange", "critical": "red"}


def test_learned_limits_and_the_share_of_orders_are_dashed_lines() -> None:
    assert panel("Orders").dashed == {"too many cancelled": "orange"}
    assert panel("Orders").queries["limit"].startswith(f"{limit('HighOrderCancellationRate')} * ")
    assert panel("Order Creation Rate").dashed == panel("Revenue per Hour").dashed == {"band": "orange"}


def test_colours_follow_what_is_bad() -> None:
    above = [step.color for step in Above(1, 2).steps()]
    below = [step.color for step in Below(0.8, 0.5).steps()]
    assert above == ["green", "orange", "red"]
    assert below == ["red", "orange", "green"]
    assert [step.color for step in Above(1).steps()] == ["green", "orange"]
    assert [step.color for step in Below(0.8).steps()] == ["orange", "green"]


def test_an_alert_without_a_limit_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="ApplicationDown has no threshold"):
        limit("ApplicationDown")
    assert limit("HighErrorRate") == STAGING.alert("HighErrorRate").threshold


def test_a_line_is_dashed_under_the_name_it_is_drawn_with() -> None:
    lines = (Query("a", "up"), Query("b", "up", "{{job}}"), Query("c", "up", "limit", colour="red"))
    rendered = json.loads(Dashboard("u", "t", (Panel("t", "d", "short", lines, runbook=""),)).render())
    assert Written(rendered["panels"][0]).dashed == {"limit": "red"}
