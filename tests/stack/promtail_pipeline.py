"""Promtail's pipeline stages in Python, as far as simulator/erpgo/stack/promtail/promtail.yml uses them. No Promtail can be had here.

Written after Promtail's source: what a stage does with a line that does not fit, with a key that is missing, and with
a number is the same. A stage that is not known here is an error.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from simulator.erpgo.stack.supervisor.paths import CHECKOUT

CONFIG = CHECKOUT / "simulator/erpgo/stack/promtail/promtail.yml"
SERVICES = {
    *("api", "nginx", "postgres", "redis", "receiver", "prometheus", "alertmanager", "grafana", "loki"),
    *("promtail", "node-exporter", "postgres-exporter", "redis-exporter", "cadvisor"),
}
"""The services of the Compose file; a container's job is the name of its service."""
_SELECTOR = re.compile(r'\{job="([a-z-]+)"\}')
_BRANCH = re.compile(r'\{\{ (?:else )?if (?:eq \.Value "(?P<value>.)"|\.Value) \}\}(?P<then>\w+)')


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def scrape_config(name: str) -> Any:
    [found] = [each for each in read(CONFIG)["scrape_configs"] if each["job_name"] == name]
    return found


def selected_job(selector: str) -> str:
    found = _SELECTOR.fullmatch(selector)
    assert found is not None, f"a selector that this reader does not know: {selector}"
    return found[1]


@dataclass
class Line:
    """One line on its way, and what Loki would be sent with it."""

    text: str
    labels: dict[str, str]
    metadata: dict[str, str] = field(default_factory=dict)
    time: datetime | None = None
    """None: the time at which Docker received it."""
    extracted: dict[str, Any] = field(default_factory=dict)


def shipped(text: str, job: str) -> Line:
    """What becomes of a line of a container."""
    line = Line(text, {"job": job})
    run(scrape_config("containers")["pipeline_stages"], line)
    return line


def run(stages: list[dict[str, Any]], line: Line) -> None:
    for stage in stages:
        [(name, config)] = stage.items()
        _STAGES[name](config, line)


def _match(config: Any, line: Line) -> None:
    if line.labels["job"] == selected_job(config["selector"]):
        run(config["stages"], line)


def _json(config: Any, line: Line) -> None:
    try:
        data = json.loads(line.text)
    except ValueError:
        return
    if isinstance(data, dict):
        line.extracted |= {key: data.get(name) for key, name in config["expressions"].items()}


def _regex(config: Any, line: Line) -> None:
    source = _text(line.extracted.get(config["source"])) if "source" in config else line.text
    found = re.search(config["expression"], source) if source is not None else None
    if found is not None:
        line.extracted |= found.groupdict()


def _template(config: Any, line: Line) -> None:
    """A chain of comparisons with `.Value`; without a branch that fits the key is removed."""
    value = _text(line.extracted.pop(config["source"], None))
    for branch in _BRANCH.finditer(config["template"]):
        if value == branch["value"] if branch["value"] else value:
            line.extracted[config["source"]] = branch["then"]
            return


def _timestamp(config: Any, line: Line) -> None:
    assert (config["format"], config["action_on_failure"]) == ("RFC3339Nano", "skip")
    if (text := _text(line.extracted.get(config["source"]))) is not None:
        line.time = datetime.fromisoformat(text)


def _labels(config: Any, line: Line) -> None:
    line.labels |= _named(config, line)


def _structured_metadata(config: Any, line: Line) -> None:
    line.metadata |= _named(config, line)


def _labeldrop(config: Any, line: Line) -> None:
    for name in config:
        line.labels.pop(name, None)


def _named(config: Any, line: Line) -> dict[str, str]:
    values = {name: _text(line.extracted.get(source)) for name, source in config.items()}
    return {name: value for name, value in values.items() if value is not None}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


_STAGES = {
    "match": _match,
    "json": _json,
    "regex": _regex,
    "template": _template,
    "timestamp": _timestamp,
    "labels": _labels,
    "structured_metadata": _structured_metadata,
    "labeldrop": _labeldrop,
}
