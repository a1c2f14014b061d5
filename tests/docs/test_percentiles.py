"""The measured table: every class of alert often enough, and none slower than was predicted."""

from pathlib import Path

import pytest

from simulator.journal.reading import read_journal
from simulator.judge import judge
from tests.docs.pages import page
from tests.make import attempt, make
from tests.starved import is_starved

CLASSES = ["absence", "down", "gauge", "per-minute rate", "percentile", "ratio"]
REPEATS = 20


def measured() -> dict[str, list[str]]:
    """The first table's rows by class: alert, repeats, min, median, p95, max, predicted worst."""
    text = (
        page("docs/percentiles.md")
        .text.partition("<!-- measured -->")[2]
        .partition("<!-- end of measured -->")[0]
    )
    tables = [block for block in text.split("\n\n") if block.startswith("| class |")]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in tables[0].splitlines()[2:]]
    return {row[0]: row[1:] for row in rows}


def test_every_class_was_measured_often_enough() -> None:
    table = measured()
    assert sorted(table) == CLASSES
    assert {name: row[1] for name, row in table.items() if int(row[1]) < REPEATS} == {}


def test_none_was_missed() -> None:
    assert {name: row[7] for name, row in measured().items() if row[7] != "0"} == {}


def test_nothing_was_slower_than_the_predicted_worst_case() -> None:
    slower = {name: row for name, row in measured().items() if float(row[5]) > float(row[6])}
    assert slower == {}


@pytest.mark.stack
@pytest.mark.e2e
@pytest.mark.usefixtures("stack")
def test_one_class_is_measured_once(tmp_path: Path) -> None:
    short = f"--only down --repeats 1 --into {tmp_path}"
    done = attempt("percentiles", within=280, PERCENTILES=short)
    (journal,) = tmp_path.glob("*/journal.jsonl")
    assert done.stdout.count("1 of 1 repeats are missing") == 1, done.stdout
    if is_starved(judge(read_journal(journal)), "percentiles"):
        assert "nothing was measured; see the report above" in done.stdout
        return
    assert done.returncode == 0, done.stdout
    assert "1 runs of `node-exporter-killed`" in (tmp_path / "percentiles.md").read_text()
    again = make("percentiles", within=100, PERCENTILES=short)
    assert "are missing" not in again, "what was measured is not measured again"
