"""report.json holds the whole verdict, in a fixed order."""

import json
import math
from pathlib import Path
from typing import get_args

import pytest

from simulator.history.index import runs_below
from simulator.history.record import record
from simulator.judge.causes import About, Cause, Reached
from simulator.judge.verdict import PanelTrack
from simulator.report.json import KEPT, SCHEMA, read_verdict, render
from tests.report.samples import SAMPLES


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_the_verdict_can_be_read_back(sample: str) -> None:
    report = render(SAMPLES[sample])
    assert json.loads(report)["schema"] == SCHEMA
    assert len(json.loads(report)["headline"]) == 2
    assert read_verdict(report) == SAMPLES[sample]


def test_unexpected_alerts_are_there_in_words_as_ever_and_as_values() -> None:
    experiment = json.loads(render(SAMPLES["breached"]))["experiments"][1]
    assert experiment["unexpected"] == ["CriticalCacheHitRate fired +14.2 s from the fault"]
    assert [one["alert"] for one in experiment["unexpected_alerts"]] == ["CriticalCacheHitRate"]


@pytest.mark.parametrize(
    "report", [b"[]", b"{}", b'{"experiments": 1}', b'{"experiments": [1]}', b"{", b"\xff"]
)
def test_what_is_no_report_is_passed_over(report: bytes, tmp_path: Path) -> None:
    for name, data in (("good", render(SAMPLES["all_met"])), ("bad", report)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_bytes(data)
    runs = runs_below(tmp_path, KEPT)
    assert (runs.records, runs.damaged) == ((record(SAMPLES["all_met"]),), ("bad",))


def test_keys_are_sorted_and_the_file_ends_with_a_newline() -> None:
    text = render(SAMPLES["breached"]).decode()
    values = json.loads(text)
    assert text == json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_a_sample_that_is_not_a_number_is_null() -> None:
    verdict = SAMPLES["all_met"]
    broken = PanelTrack(dashboard="d", panel="p", unit="s", series={"p95": ((1.0, math.nan),)})
    experiment = verdict.experiments[0].model_copy(update={"tracks": (broken,)})
    text = render(verdict.model_copy(update={"experiments": (experiment,)})).decode()
    assert "NaN" not in text
    assert json.loads(text)["experiments"][0]["tracks"][0]["series"]["p95"] == [[1.0, None]]


def _fields(value: object) -> set[str]:
    """Every key of the report but the names of series, which are data."""
    if isinstance(value, list):
        return {name for inner in value for name in _fields(inner)}
    if not isinstance(value, dict):
        return set()
    return set(value) | {name for key, inner in value.items() if key != "series" for name in _fields(inner)}


DOCS = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")


def test_every_field_is_documented() -> None:
    fields = set().union(*(_fields(json.loads(render(verdict))) for verdict in SAMPLES.values()))
    assert not {field for field in fields if f"`{field}`" not in DOCS}


def _values(literal: object) -> set[str]:
    """All that a union of literals can be."""
    inner = get_args(literal)
    return {literal} if isinstance(literal, str) else {name for one in inner for name in _values(one)}


def test_every_cause_is_documented() -> None:
    known = _values(Cause) | _values(About) | _values(Reached)
    assert not {one for one in known if f"`{one}`" not in DOCS}
