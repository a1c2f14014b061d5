"""For a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.history.sla import Sla
from simulator.report.sla.words import COLUMNS, row, sections, sentence, spark, title

_WHERE_THEY_DIFFER = ("environment", "limit", "rule", "inconclusive")
_STYLES = {"attained": "green", "failed": "bold red", "unproven": "yellow"}


def sla_table(sla: Sla) -> Group:
    """The whole report."""
    parts: list[RenderableType] = [Text(title(sla), style="bold"), Text(sentence(sla))]
    if sla.alerts:
        parts.append(_attainment(sla))
    for heading, lines in sections(sla):
        if lines:
            parts += [Text(f"\n{heading}", style="bold"), *(Text(f"  {line.whole}") for line in lines)]
    return Group(*parts)


def _attainment(sla: Sla) -> Table:
    """Without columns that say nothing: of one environment, or of nothing inconclusive."""
    rows = [row(one) for one in sla.alerts]
    told = [
        at for at, column in enumerate(COLUMNS[:-1]) if column not in _WHERE_THEY_DIFFER or _differ(rows, at)
    ]
    made = Table(box=None, pad_edge=False)
    for at in told:
        made.add_column(COLUMNS[at], overflow="fold", no_wrap=at > 0)
    made.add_column("state", overflow="fold")
    made.add_column("over time", overflow="fold")
    for one, cells in zip(sla.alerts, rows, strict=True):
        last = Text(cells[-1], style=_STYLES[one.state])
        made.add_row(*(Text(cells[at]) for at in told), last, Text(spark(one)))
    return made


def _differ(rows: Sequence[Sequence[str]], at: int) -> bool:
    return len({cells[at] for cells in rows}) > 1
