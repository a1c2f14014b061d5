"""The rule sets, and Prometheus's YAML for them.

`python -m stack.prometheus.rules` writes the committed `rules/staging.yaml`.
"""

import io
from pathlib import Path

from ruamel.yaml import YAML

from stack.prometheus.availability import ALERTING_PATH, AVAILABILITY
from stack.prometheus.http import AUTH_FAILURES, ERROR_RATE, PANICS, RESPONSE_TIME
from stack.prometheus.model import AlertRule, RecordingRule, RuleSet
from stack.prometheus.recording import RECORDING
from stack.prometheus.storage import CACHE_HIT_RATE, DATABASE_ERRORS, DATABASE_SATURATION

STAGING_FILE = Path(__file__).parent / "rules" / "staging.yaml"

STAGING = RuleSet(
    (
        RECORDING,
        ERROR_RATE,
        RESPONSE_TIME,
        DATABASE_SATURATION,
        DATABASE_ERRORS,
        CACHE_HIT_RATE,
        AUTH_FAILURES,
        AVAILABILITY,
        PANICS,
        ALERTING_PATH,
    )
)
"""Windows and holds short enough to notify within 30 seconds; docs/rules.md has the bound of each."""


def render(rules: RuleSet) -> str:
    """The rule file, with the same bytes for the same rules."""
    yaml = YAML()
    yaml.width = 10_000  # an expression stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    text.write("# Written by: python -m stack.prometheus.rules. Edit the Python source, not this file.\n")
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
            "description": rule.description.replace("$window", f"{rule.window}s"),
            "runbook_url": rule.runbook_url,
        },
    }


if __name__ == "__main__":
    STAGING_FILE.write_text(render(STAGING), encoding="utf-8")
