"""What every rule of the committed set promises, and that the committed file is the source's."""

import re
from pathlib import Path

import promql_parser
import pytest

from stack.prometheus.config import Targets
from stack.prometheus.model import AlertRule
from stack.prometheus.rules import STAGING, STAGING_FILE, render

PAGES = Path(__file__).parents[2] / "docs" / "rules.md"
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
}
CRITICALS = {
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


def test_the_committed_file_is_fresh() -> None:
    assert STAGING_FILE.read_text(encoding="utf-8") == render(STAGING), "run python -m stack.prometheus.rules"


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
    headings = re.findall(r"^#+ (.+)$", PAGES.read_text(encoding="utf-8"), re.MULTILINE)
    assert page == f"docs/{PAGES.name}"
    assert anchor in {heading.lower() for heading in headings}


@each_alert
def test_the_table_of_worst_cases_has_its_window_and_hold(rule: AlertRule) -> None:
    _, _, after = PAGES.read_text(encoding="utf-8").partition("| alert | W | hold |")
    table, _, _ = after.partition("\n\n")
    rows = [line.split(" | ") for line in table.splitlines()]
    found = [row for row in rows if rule.name in row[0].strip("| ").split(", ")]
    assert [row[1:3] for row in found] == [[str(rule.window or "-"), str(rule.hold)]]


def test_a_rule_is_loaded_only_where_its_job_exists() -> None:
    loaded = STAGING.where_jobs_exist({"prometheus", "redis-exporter"})
    assert {rule.name for rule in loaded.alerts} == {"RedisDown", "RedisExporterDown", "DeadMansSwitch"}
    assert loaded.recordings == STAGING.recordings


def test_the_embedded_stack_leaves_out_what_it_does_not_run() -> None:
    left_out = set(STAGING.alerts) - set(STAGING.where_jobs_exist(EMBEDDED).alerts)
    assert {rule.name for rule in left_out} == {"GrafanaDown", "LokiDown", "PromtailDown"}


def test_an_unknown_alert_is_refused() -> None:
    with pytest.raises(KeyError, match="NoSuchAlert"):
        STAGING.alert("NoSuchAlert")
