"""Coverage for a terminal."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from simulator.history.coverage import Coverage, Covered
from simulator.report.text import OUTCOME_STYLES
from simulator.report.words import utc


def coverage_table(covered: Coverage) -> Group:
    """What is covered by which experiment and how that went last; then what is not, by name."""
    tables = [
        _table("Alert rules", covered.alerts),
        _table("Panels", covered.panels),
        _table("Faults", covered.faults),
    ]
    return Group(
        *tables, *_left_over("no experiment", covered.unplanned), *_left_over("no run yet", covered.never)
    )


def _table(title: str, rows: Sequence[Covered]) -> Table:
    planned = sum(bool(row.planned) for row in rows)
    exercised = sum(row.last is not None for row in rows)
    heading = f"{title}: {planned} of {len(rows)} have an experiment, {exercised} were exercised"
    made = Table(title=heading, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("name", "experiments", "last", "when"):
        made.add_column(column, overflow="fold")
    for row in rows:
        last = (
            Text(row.last.outcome, style=OUTCOME_STYLES[row.last.outcome])
            if row.last
            else Text("never", style="dim")
        )
        when = utc(row.last.epoch) if row.last else ""
        by = Text(", ".join(row.planned)) if row.planned else Text("none", style="bold red")
        made.add_row(Text(row.name), by, last, when)
    return made


def _left_over(why: str, names: Sequence[str]) -> list[Text]:
    return [Text(f"{why}: {', '.join(names)}", style="yellow")] if names else []
