"""The terminal's tables: readable at 80 columns, plain when piped."""

import io

import pytest
from rich.console import Console

from simulator.report import table
from simulator.report.text import WIDTH, render
from tests.report.samples import SAMPLES


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_piped_text_has_no_colour_and_keeps_its_width(sample: str) -> None:
    text = render(SAMPLES[sample]).decode()
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_the_verdict_comes_first() -> None:
    assert (
        render(SAMPLES["breached"])
        .decode()
        .startswith("✗ By the loaded rules, 1 of 2 breached: CriticalErrorRate was never paged")
    )


def test_what_went_wrong_stands_above_what_went_well() -> None:
    text = render(SAMPLES["breached"]).decode()
    asked = text[text.index("Which alerts") :]
    assert asked.index("CriticalErrorRate") < asked.index("ApplicationDown")


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_eighty_columns_cut_nothing(sample: str) -> None:
    file = io.StringIO()
    Console(file=file, width=80, color_system=None).print(table(SAMPLES[sample]))
    assert "…" not in file.getvalue()
    joined = "".join(file.getvalue().split())
    for experiment in SAMPLES[sample].experiments:
        for reason in experiment.reasons:
            assert "".join(reason.text.split()) in joined


def test_square_brackets_in_a_reason_are_not_taken_for_markup() -> None:
    verdict = SAMPLES["empty"]
    reason = verdict.reasons[0].model_copy(update={"text": "[red]not markup[/]"})
    assert "[red]not markup[/]" in render(verdict.model_copy(update={"reasons": (reason,)})).decode()
