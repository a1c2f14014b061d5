"""Spreads and differences as tables for a terminal."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from rich.table import Table
from rich.text import Text

from simulator.history.spread import Difference, Range, Spread
from simulator.report.words import NOTHING, plain

T = TypeVar("T", Spread, Difference)


def spread_table(rows: Sequence[Spread]) -> Table:
    """Every stage over its repeats."""
    made = Table(
        title="Over all repeats, in seconds (in brackets: where it lies with a confidence of 95 %)",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    for column in ("alert", "stage", "repeats", "min", "median", "p95", "max"):
        made.add_column(column, overflow="fold")
    for row in _by_experiment(made, rows):
        made.add_row(
            Text(plain(row.alert)),
            Text(plain(row.stage)),
            f"{row.count}, {row.missed} missed" if row.missed else str(row.count),
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
        "alert",
        "stage",
        "repeats",
        "medians, s",
        "shift, s",
        "by chance",
        "verdict",
    ):
        made.add_column(column, overflow="fold")
    for row in _by_experiment(made, rows):
        made.add_row(
            Text(plain(row.alert)),
            Text(plain(row.stage)),
            f"{row.counts[0]}, {row.counts[1]}",
            f"{row.medians[0]:.1f}, {row.medians[1]:.1f}",
            f"{row.shift:+.1f}",
            NOTHING if row.chance is None else f"{row.chance:.3g}",
            _said(row),
        )
    return made


def _by_experiment(made: Table, rows: Sequence[T]) -> Iterator[T]:
    """The rows, and before the first of each experiment a line with its name: a column of it would leave no room."""
    for name, own in groupby(rows, key=lambda row: row.experiment):
        made.add_row(Text(name, style="bold"))
        yield from own


def _said(row: Difference) -> Text:
    if row.chance is None:
        return Text("too few repeats", style="dim")
    if not row.is_real:
        return Text("no difference shown", style="dim")
    return Text("slower", style="bold red") if row.shift > 0 else Text("faster", style="green")
