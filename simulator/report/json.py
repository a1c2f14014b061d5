"""report.json: the whole verdict, for programs."""

import json

from pydantic_core import from_json

from simulator.history.index import Kept
from simulator.judge.verdict import RunVerdict
from simulator.report.contract import Format
from simulator.report.headline import headline
from simulator.report.production import in_production

SCHEMA = "erpgo-simulator/report/2"
"""Names the shape of the file; the number grows when a field goes away or changes its meaning."""

_BESIDE = ("schema", "headline")
"""What the file holds beside the verdict."""
_WORDS, _VALUES = "unexpected", "unexpected_alerts"
"""Of an experiment's unexpected alerts: first there were only words."""
REPORT = "report.json"
LARGEST_REPORT = 256 * 1024 * 1024
"""Bytes; one of a game day has about 125 KB."""


def render(verdict: RunVerdict) -> bytes:
    """Sorted keys and an indent, so that two reports can be compared line by line.

    A number that is none (NaN, infinity) becomes null: JSON knows no such numbers.
    """
    values = json.loads(verdict.model_dump_json())
    for experiment, judged in zip(values["experiments"], verdict.experiments, strict=True):
        experiment[_VALUES] = experiment[_WORDS]
        experiment[_WORDS] = [one.text for one in judged.unexpected]
    lines = list(filter(None, (headline(verdict), in_production(verdict))))
    text = json.dumps(
        {"schema": SCHEMA, "headline": lines, **values}, indent=2, sort_keys=True, ensure_ascii=False
    )
    return f"{text}\n".encode()


def read_verdict(report: bytes) -> RunVerdict:
    """The verdict of a report.json, of an older version too: it has no causes, and no unexpected alerts but in words.

    Raises:
        ValueError: it is damaged, or of another shape.
    """
    try:
        values = {name: value for name, value in from_json(report).items() if name not in _BESIDE}
        for experiment in values["experiments"]:
            experiment[_WORDS] = experiment.pop(_VALUES, [])
    except (AttributeError, KeyError, TypeError):
        raise ValueError("not a report") from None
    return RunVerdict.model_validate(values)


KEPT = Kept(REPORT, LARGEST_REPORT, read_verdict)
"""How the runs below a folder are read: `runs_below(reports, KEPT)`."""
FORMAT = Format(name="json", filename=REPORT, render=render)
