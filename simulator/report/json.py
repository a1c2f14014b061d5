"""report.json: the whole verdict, for programs."""

import json
from pathlib import Path

from pydantic_core import from_json

from simulator.base.errors import BadInput
from simulator.base.files import read_file
from simulator.judge.verdict import RunVerdict
from simulator.report.contract import Format
from simulator.report.headline import headline
from simulator.report.production import in_production

SCHEMA = "erpgo-simulator/report/2"
"""Names the shape of the file; the number grows when a field goes away or changes its meaning."""

_BESIDE = ("schema", "headline")
"""What the file holds beside the verdict."""
LARGEST_REPORT = 256 * 1024 * 1024
"""Bytes; one of a game day has about 125 KB."""


def render(verdict: RunVerdict) -> bytes:
    """Sorted keys and an indent, so that two reports can be compared line by line.

    A number that is none (NaN, infinity) becomes null: JSON knows no such numbers.
    """
    values = json.loads(verdict.model_dump_json())
    lines = [headline(verdict), in_production(verdict)]
    text = json.dumps(
        {"schema": SCHEMA, "headline": lines, **values}, indent=2, sort_keys=True, ensure_ascii=False
    )
    return f"{text}\n".encode()


def read_verdicts(reports: Path) -> list[RunVerdict]:
    """The verdicts of every run below a folder; reports of another shape, or damaged ones, are passed over."""
    verdicts = []
    for path in sorted(reports.glob("*/report.json")):
        try:
            values = from_json(read_file(path, LARGEST_REPORT))
            said = {name: value for name, value in values.items() if name not in _BESIDE}
            verdicts.append(RunVerdict.model_validate(said))
        except (BadInput, ValueError, AttributeError):
            continue
    return verdicts


FORMAT = Format(name="json", filename="report.json", render=render)
