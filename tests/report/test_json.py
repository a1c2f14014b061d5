"""report.json holds the whole verdict, in a fixed order."""

import json
import math
from pathlib import Path

import pytest

from simulator.judge.verdict import PanelTrack, RunVerdict
from simulator.report.json import SCHEMA, render
from tests.report.samples import SAMPLES


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_the_verdict_can_be_read_back(sample: str) -> None:
    values = json.loads(render(SAMPLES[sample]))
    assert values.pop("schema") == SCHEMA
    assert len(values.pop("headline")) == 2
    assert RunVerdict.model_validate(values) == SAMPLES[sample]


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


def test_every_field_is_documented() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    fields = set().union(*(_fields(json.loads(render(verdict))) for verdict in SAMPLES.values()))
    assert not {field for field in fields if f"`{field}`" not in docs}
