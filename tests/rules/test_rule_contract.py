"""What every rule of the committed set promises, and that the committed file is the source's."""

import re
from pathlib import Path

import promql_parser
import pytest

from simulator.erpgo.stack.prometheus.config import Targets
from simulator.erpgo.stack.prometheus.model import PRODUCTION_INTERVAL, AlertRule, RuleSet
from simulator.erpgo.stack.prometheus.rules import PRODUCTION, STAGING, file_of, render

DOCS = Path(__file__).parents[2] / "docs"
PAGES = DOCS / "rules.md"
EMBEDDED = {job for job, _ in Targets(*["127.0.0.1:1"] * 6).jobs()} | {"simulator"}
BEYOND = {"grafana", "loki", "promtail"}
"""Scrape jobs that only a stack with the monitoring services has."""
INTERVAL = 2
WARNINGS = {
    "HighErrorRate",
    "HighResponseTime",
    "DatabaseConnectionHigh",
    "DatabaseSlowQueries",
    "DatabaseTimeouts",
    "DatabaseErrorRate",
    "LowCacheHitRate",
    "HighAuthFailureRate",
    "LoginFailuresAboveBand",
    "ResponseTimeAboveBand",
    "HighMemoryUsage",
    "HighGoroutineCount",
    "LowOrderRate",
    "OrderRateBelowBand",
    "RevenueCollapse",
    "HighOrderCancellationRate",
    "LowUserActivity",
    "LowStockAlerts",
    "HighInventoryUpdates",
    "RateLimitViolations",
    "SuspiciousActivity",
    "ConfigurationReloadFailed",
}
HOLDS = {
    "HighErrorRate": 120,
    "CriticalErrorRate": 60,
    "HighResponseTime": 180,
    "CriticalResponseTime": 60,
    "HighMemoryUsage": 300,
    "CriticalMemoryUsage": 120,
    "HighGoroutineCount": 300,
    "CriticalGoroutineCount": 120,
    "DatabaseConnectionHigh": 300,
    "DatabaseConnectionCritical": 120,
    "DatabaseSlowQueries": 180,
    "LowCacheHitRate": 600,
    "CriticalCacheHitRate": 300,
    "LowOrderRate": 900,
    "HighOrderCancellationRate": 600,
    "LowUserActivity": 1800,
    "HighAuthFailureRate": 180,
    "CriticalAuthFailureRate": 60,
    "LowStockAlerts": 300,
    "HighInventoryUpdates": 300,
    "ApplicationDown": 60,
    "PanicDetected": 0,
}
"""ERPGo's own hold times in seconds, as its list has them."""
CRITICALS = {
    "CriticalMemoryUsage",
    "CriticalGoroutineCount",
    "CriticalRateLimitViolations",
    "CriticalSuspiciousActivity",
    "ScrapeTargetMissing",
    "RuleEvaluationFailing",
    "NotificationsFailing",
    "CriticalErrorRate",
    "CriticalResponseTime",
    "DatabaseConnectionCritical",
    "CriticalDatabaseErrorRate",
    "CriticalCacheHitRate",
    "CriticalAuthFailureRate",
    "ApplicationDown",
    "PostgreSQLDown",
    "RedisDown",
    "NodeExporterDown",
    "PostgresExporterDown",
    "RedisExporterDown",
    "AlertmanagerDown",
    "GrafanaDown",
    "LokiDown",
    "PromtailDown",
    "PanicDetected",
}
each_alert = pytest.mark.parametrize("rule", STAGING.alerts, ids=lambda rule: rule.name)


def named(severity: str) -> set[str]:
    return {rule.name for rule in STAGING.alerts if rule.severity == severity}


@pytest.mark.parametrize("rules", [STAGING, PRODUCTION], ids=lambda rules: rules.name)
def test_the_committed_file_is_fresh(rules: RuleSet) -> None:
    assert file_of(rules).read_text(encoding="utf-8") == render(rules), "run make generated"


def test_production_has_the_same_alerts_and_the_documents_hold_times() -> None:
    assert [rule.name for rule in PRODUCTION.alerts] == [rule.name for rule in STAGING.alerts]
    for rule in PRODUCTION.alerts:
        assert rule.hold == rule.production.hold
        assert not rule.window or rule.window >= 3 * PRODUCTION_INTERVAL
        assert 'job="simulator"' not in rule.promql or rule.name == "SimulatorCanary"
    for name, hold in HOLDS.items():
        assert PRODUCTION.alert(name).hold == hold, name


def test_names_and_severities_are_the_contracts() -> None:
    assert named("warning") == WARNINGS
    assert named("critical") == CRITICALS
    assert named("none") == {"DeadMansSwitch", "SimulatorCanary"}


def test_one_name_has_one_rule() -> None:
    names = [rule.name for rule in STAGING.alerts]
    assert len(names) == len(set(names))


@each_alert
def test_every_alert_can_be_grouped_and_inhibited(rule: AlertRule) -> None:
    assert rule.family
    assert rule.service
    assert rule.summary
    assert rule.description
    assert (EMBEDDED | BEYOND).issuperset(rule.jobs)
    assert rule.jobs


@each_alert
def test_windows_and_holds_fit_the_interval(rule: AlertRule) -> None:
    assert rule.window == 0 or rule.window >= 3 * INTERVAL
    assert rule.hold % INTERVAL == 0


@each_alert
def test_a_critical_alert_outlasts_its_window(rule: AlertRule) -> None:
    if rule.severity == "critical":
        assert rule.keep_firing_for >= rule.window
    else:
        assert rule.keep_firing_for == 0


@each_alert
def test_the_expression_parses_and_holds_no_placeholder(rule: AlertRule) -> None:
    assert "$" not in rule.promql
    promql_parser.parse(rule.promql)


@each_alert
def test_ratios_divide_sums(rule: AlertRule) -> None:
    for side in re.split(r" / ", rule.promql)[1:]:
        assert side.startswith("sum"), rule.promql


@each_alert
def test_the_runbook_has_a_place_for_it(rule: AlertRule) -> None:
    page, _, anchor = rule.runbook_url.partition("#")
    text = (DOCS.parent / page).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert page == f"docs/runbooks/{rule.family}.md"
    assert anchor in {heading.lower() for heading in headings}
    for part in ("Symptom", "First look", "Diagnosis", "Remedy", "Escalation", "Proven by"):
        assert part in headings, f"{page} has no part {part}"


@each_alert
def test_the_table_of_worst_cases_has_its_window_and_hold(rule: AlertRule) -> None:
    _, _, after = PAGES.read_text(encoding="utf-8").partition("| alert | W | hold |")
    table, _, _ = after.partition("\n\n")
    rows = [line.split(" | ") for line in table.splitlines()]
    found = [row for row in rows if rule.name in row[0].strip("| ").split(", ")]
    assert [row[1:3] for row in found] == [[str(rule.window or "-"), str(rule.hold)]]


def test_a_rule_is_loaded_only_where_its_job_exists() -> None:
    loaded = STAGING.where_jobs_exist({"prometheus", "redis-exporter"})
    watching = {"ScrapeTargetMissing", "RuleEvaluationFailing", "DeadMansSwitch"}
    assert {rule.name for rule in loaded.alerts} == {"RedisDown", "RedisExporterDown", *watching}
    assert loaded.recordings == STAGING.recordings


def test_the_embedded_stack_leaves_out_what_it_does_not_run() -> None:
    left_out = set(STAGING.alerts) - set(STAGING.where_jobs_exist(EMBEDDED).alerts)
    assert {rule.name for rule in left_out} == {"GrafanaDown", "LokiDown", "PromtailDown"}


def test_an_unknown_alert_is_refused() -> None:
    with pytest.raises(KeyError, match="NoSuchAlert"):
        STAGING.alert("NoSuchAlert")
