"""report.json: the whole verdict, for programs."""

import json

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


FORMAT = Format(name="json", filename="report.json", render=render)
