"""Spreads and differences as tables for a terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from simulator.report.words import NOTHING
from simulator.spread import Difference, Range, Spread


def spread_table(rows: Sequence[Spread]) -> Table:
    """Every stage over its repeats."""
    made = Table(
        title="Over all repeats, in seconds (in brackets: where it lies with a confidence of 95 %)",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    for column in ("experiment", "alert", "stage", "repeats", "missed", "min", "median", "p95", "max"):
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(
            row.experiment,
            row.alert,
            row.stage,
            str(row.count),
            str(row.missed),
            f"{row.least:.1f}",
            f"{row.median:.1f} {within(row.median_within)}",
            f"{row.p95:.1f} {within(row.p95_within)}",
            f"{row.most:.1f}",
        )
    return made


def within(range_: Range) -> str:
    """`(5.1 to 7.3)`; a dash for a side that so few repeats leave open."""
    low, high = (NOTHING if side is None else f"{side:.1f}" for side in (range_.low, range_.high))
    return f"({low} to {high})"


def difference_table(rows: Sequence[Difference]) -> Table:
    """What got slower or faster, and whether the difference is real."""
    made = Table(box=None, pad_edge=False)
    for column in (
        "experiment",
        "alert",
        "stage",
        "repeats",
        "medians, s",
        "shift, s",
        "by chance",
        "verdict",
    ):
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(
            row.experiment,
            row.alert,
            row.stage,
            f"{row.counts[0]}, {row.counts[1]}",
            f"{row.medians[0]:.1f}, {row.medians[1]:.1f}",
            f"{row.shift:+.1f}",
            NOTHING if row.chance is None else f"{row.chance:.3g}",
            _said(row),
        )
    return made


def _said(row: Difference) -> Text:
    if row.chance is None:
        return Text("too few repeats", style="dim")
    if not row.is_real:
        return Text("no difference shown", style="dim")
    return Text("slower", style="bold red") if row.shift > 0 else Text("faster", style="green")
