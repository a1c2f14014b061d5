"""For a CI job's summary, a chat message or a wiki."""

from simulator.history.sla import Sla
from simulator.report.sla.words import COLUMNS, row, sections, sentence, title


def markdown(sla: Sla) -> str:
    """The whole report."""
    lines = [f"# {title(sla)}", "", sentence(sla), ""]
    if sla.alerts:
        lines += [_line(COLUMNS), _line(["---"] * len(COLUMNS)), *(_line(row(one)) for one in sla.alerts), ""]
    for heading, said in sections(sla):
        if said:
            lines += [f"## {heading}", "", *(f"- {_plain(line)}" for line in said), ""]
    return "\n".join(lines)


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(map(_plain, cells))} |"


def _plain(text: str) -> str:
    """Text that stays text: what an alert or a reason is called must not become a table's border or a link."""
    for character in "\\|<>[]*_`":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
