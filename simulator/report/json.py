"""report.json: the whole verdict, for programs."""

import json
from pathlib import Path

from pydantic import ValidationError

from simulator.report.contract import Format
from simulator.verdict import RunVerdict

SCHEMA = "erpgo-simulator/report/1"
"""Names the shape of the file; the number grows when a field goes away or changes its meaning."""


def render(verdict: RunVerdict) -> bytes:
    """Sorted keys and an indent, so that two reports can be compared line by line.

    A number that is none (NaN, infinity) becomes null: JSON knows no such numbers.
    """
    values = json.loads(verdict.model_dump_json())
    text = json.dumps({"schema": SCHEMA, **values}, indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def read_verdicts(reports: Path) -> list[RunVerdict]:
    """The verdicts of every run below a folder; reports of another shape, or damaged ones, are passed over."""
    verdicts = []
    for path in sorted(reports.glob("*/report.json")):
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            verdicts.append(RunVerdict.model_validate({k: v for k, v in values.items() if k != "schema"}))
        except (OSError, ValueError, ValidationError, AttributeError):
            continue
    return verdicts


FORMAT = Format(name="json", filename="report.json", render=render)
