"""report.html: one sound file, whatever text comes in."""

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.judge.verdict import RunVerdict
from simulator.report.html import render
from simulator.report.junit import render as render_junit
from tests.report.samples import SAMPLES
from tests.report.sound import assert_sound

FREE_TEXT = {
    "alert", "because", "dashboard", "description", "environment", "evidence", "fault", "game_day", "id", "name",
    "panel", "reason", "run", "series", "simulator_version", "source", "stage", "status_reason", "text", "title",
    "undo_evidence", "unit", "left_injected", "not_run", "unexpected",
}  # fmt: skip
HOSTILE = "</title></text></svg></style><script>alert(1)</script>\"' onload='x' {{ 7*7 }} {% raw %} &amp; ]]>\x00\x1b"


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_the_page_is_sound_and_fetches_nothing(sample: str) -> None:
    page = render(SAMPLES[sample]).decode()
    assert_sound(page)
    assert not re.search(r"https?://|@import|url\((?!#)", page)


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_every_picture_has_a_title_and_a_description(sample: str) -> None:
    page = render(SAMPLES[sample]).decode()
    pictures = page.count("<svg")
    assert page.count('role="img"') == pictures
    assert page.count("<desc") == pictures


def test_the_verdict_comes_before_everything_else() -> None:
    page = render(SAMPLES["breached"]).decode()
    assert page.index("was never paged") < page.index("api-killed")
    assert page.index("Would not have woken you") < page.index("Would have woken you")


def test_reasons_are_shown_word_for_word() -> None:
    page = render(SAMPLES["breached"]).decode()
    for reason in SAMPLES["breached"].experiments[1].reasons:
        assert reason.text in page


def _hostile(value: object, text: str, key: str = "") -> object:
    """The verdict with every free text replaced, the names of series too."""
    if isinstance(value, dict):
        if key == "series":
            return {f"{text}{name}": points for name, points in value.items()}
        return {name: _hostile(inner, text, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hostile(inner, text, key) for inner in value]
    return text if isinstance(value, str) and key in FREE_TEXT else value


def _with(sample: str, text: str) -> RunVerdict:
    values = json.loads(SAMPLES[sample].model_dump_json())
    return RunVerdict.model_validate(_hostile(values, text))


@settings(deadline=None, max_examples=25)
@example(sample="breached", text=HOSTILE)
@example(sample="interrupted", text="x" * 4000)
@example(sample="breached", text="")
@given(st.sampled_from(["breached", "interrupted", "empty"]), st.text(max_size=40))
def test_no_text_can_break_the_page(sample: str, text: str) -> None:
    verdict = _with(sample, text)
    assert_sound(render(verdict).decode())
    assert render_junit(verdict)


def _numbered(value: object, number: float, key: str = "") -> object:
    """The verdict with every time, limit and sample replaced."""
    if isinstance(value, dict):
        return {name: _numbered(inner, number, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbered(inner, number, key) for inner in value]
    return number if isinstance(value, float) and key != "started_epoch" else value


@pytest.mark.parametrize("number", [0.0, -1.0, 0.1, 86_400.0, 1e12])
@pytest.mark.parametrize("sample", ["breached", "inconclusive"])
def test_no_number_can_break_the_page(sample: str, number: float) -> None:
    values = json.loads(SAMPLES[sample].model_dump_json())
    assert_sound(render(RunVerdict.model_validate(_numbered(values, number))).decode())


def test_a_page_that_never_came_is_slower_than_any() -> None:
    page = render(SAMPLES["breached"]).decode()
    table = page[page.index('id="experiments"') : page.index('id="alerts"')]
    assert "CriticalErrorRate" in table
    assert "never" in table


def test_hostile_text_is_shown_as_text() -> None:
    page = render(_with("breached", HOSTILE)).decode()
    assert "<script" not in page
    assert "{{ 7*7 }}" in page
    assert "\x00" not in page
