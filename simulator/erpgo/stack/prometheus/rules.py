"""The two rule sets from one source, and Prometheus's YAML for them.

`python -m simulator.erpgo.stack.prometheus.rules` writes the committed `rules/staging.yaml` and `rules/production.yaml`.
"""

import dataclasses
import io
from pathlib import Path

from ruamel.yaml import YAML

from simulator.erpgo.stack.prometheus import learned
from simulator.erpgo.stack.prometheus.abuse import RATE_LIMIT, SUSPICIOUS_ACTIVITY
from simulator.erpgo.stack.prometheus.availability import ALERTING_PATH, AVAILABILITY
from simulator.erpgo.stack.prometheus.business import ORDERS, STOCK, USER_ACTIVITY
from simulator.erpgo.stack.prometheus.http import AUTH_FAILURES, ERROR_RATE, PANICS, RESPONSE_TIME
from simulator.erpgo.stack.prometheus.model import (
    PRODUCTION_GROUP_WAIT,
    PRODUCTION_INTERVAL,
    AlertRule,
    RecordingRule,
    RuleGroup,
    RuleSet,
)
from simulator.erpgo.stack.prometheus.monitoring import MONITORING
from simulator.erpgo.stack.prometheus.process import MEMORY, TASKS
from simulator.erpgo.stack.prometheus.recording import RECORDING
from simulator.erpgo.stack.prometheus.storage import CACHE_HIT_RATE, DATABASE_ERRORS, DATABASE_SATURATION

FOLDER = Path(__file__).parent / "rules"

_ALERTS = (
    ERROR_RATE,
    RESPONSE_TIME,
    MEMORY,
    TASKS,
    DATABASE_SATURATION,
    DATABASE_ERRORS,
    CACHE_HIT_RATE,
    ORDERS,
    USER_ACTIVITY,
    STOCK,
    AUTH_FAILURES,
    RATE_LIMIT,
    SUSPICIOUS_ACTIVITY,
    AVAILABILITY,
    MONITORING,
    PANICS,
    ALERTING_PATH,
)

STAGING = RuleSet("staging", (RECORDING, learned.learned(learned.STAGING), *_ALERTS))
"""Windows and holds short enough to notify within 30 seconds; docs/rules.md has the bound of each."""


def _in_production(group: RuleGroup) -> RuleGroup:
    rules = (
        rule.in_production()
        if isinstance(rule, AlertRule)
        else RecordingRule(rule.name, rule.in_production or rule.expr)
        for rule in group.rules
    )
    return dataclasses.replace(group, rules=tuple(rules))


PRODUCTION = RuleSet(
    "production",
    (
        _in_production(RECORDING),
        learned.learned(learned.PRODUCTION),
        *(_in_production(group) for group in _ALERTS),
    ),
)
"""The same alerts with ERPGo's own hold times, for a Prometheus that looks every 15 seconds."""


def file_of(rules: RuleSet) -> Path:
    """Where a rule set's YAML is committed."""
    return FOLDER / f"{rules.name}.yaml"


def render(rules: RuleSet) -> str:
    """The rule file, with the same bytes for the same rules."""
    yaml = YAML()
    yaml.width = 10_000  # an expression stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    text.write(
        "# Written by: python -m simulator.erpgo.stack.prometheus.rules. Edit the Python source, not this file.\n"
    )
    groups = [{"name": group.name, "rules": [_entry(rule) for rule in group.rules]} for group in rules.groups]
    yaml.dump({"groups": groups}, text)
    return text.getvalue()


def _entry(rule: RecordingRule | AlertRule) -> dict[str, object]:
    if isinstance(rule, RecordingRule):
        return {"record": rule.name, "expr": rule.expr}
    times = {"for": rule.hold, "keep_firing_for": rule.keep_firing_for}
    return {
        "alert": rule.name,
        "expr": rule.promql,
        **{key: f"{value}s" for key, value in times.items() if value},
        "labels": {"severity": rule.severity, "family": rule.family, "service": rule.service},
        "annotations": {
            "summary": rule.summary,
            "description": rule.text,
            "runbook_url": rule.runbook_url,
            # What a reader of the expression cannot tell: which of its ranges has to fill, or empty, for it to be true.
            "window": f"{rule.window}s",
            "production": _production(rule),
        },
    }


def _production(rule: AlertRule) -> str:
    """What the same alert waits for in production, for reports: they must not promise this set's times for that one."""
    there = rule.in_production()
    times = {
        "interval": PRODUCTION_INTERVAL,
        "window": there.window,
        "hold": there.hold,
        "group_wait": PRODUCTION_GROUP_WAIT[rule.severity],
    }
    return " ".join(f"{name}={seconds}s" for name, seconds in times.items())


if __name__ == "__main__":
    for each in (STAGING, PRODUCTION):
        file_of(each).write_text(render(each), encoding="utf-8")
