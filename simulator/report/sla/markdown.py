"""For a CI job's summary, a chat message or a wiki."""

from simulator.history.sla import Sla
from simulator.report import markup
from simulator.report.sla.words import COLUMNS, row, sections, sentence, title


def markdown(sla: Sla) -> str:
    """The whole report."""
    lines = [f"# {title(sla)}", "", sentence(sla), ""]
    if sla.alerts:
        lines += [
            markup.row(COLUMNS),
            markup.row(["---"] * len(COLUMNS)),
            *(markup.row(row(one)) for one in sla.alerts),
            "",
        ]
    for heading, said in sections(sla):
        if said:
            lines += [f"## {heading}", "", *(f"- {markup.text(line.whole)}" for line in said), ""]
    return "\n".join(lines)
