"""The measured table: every class of alert often enough, and none slower than was predicted."""

from tests.docs.pages import page

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
