"""report.txt, and the same tables for a terminal: readable at 80 columns, plain when piped."""

import io
from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.history.spread import spreads
from simulator.judge.verdict import ExperimentVerdict, LedgerVerdict, Outcome, RunVerdict
from simulator.report import against
from simulator.report.contract import Format
from simulator.report.headline import headline, pace, subline
from simulator.report.production import in_production
from simulator.report.spread import spread_table
from simulator.report.standing import Standings, groups, slowest_page
from simulator.report.words import (
    NOTHING,
    amount,
    blindness,
    count,
    duration,
    give_or_take,
    not_checked,
    plain,
    seconds,
    utc,
    wrong,
)

WIDTH = 100
"""Columns of report.txt."""
OUTCOME_STYLES: dict[Outcome, str] = {"met": "green", "breached": "bold red", "inconclusive": "yellow"}
SIGNS: dict[Outcome, str] = {"met": "✓", "breached": "✗", "inconclusive": "?"}


ENDING_LINES = 400
"""The most lines of a run's ending; a terminal keeps a few thousand, and a message to Locust holds 1 MiB."""


def render(verdict: RunVerdict) -> bytes:
    """The terminal's tables without colour, at a fixed width."""
    return _plain(table(verdict)).encode()


def ending(verdict: RunVerdict) -> str:
    """What a run's last lines say: the headline, the experiments, their alerts, and what went wrong."""
    tables = [one for one in (_experiments(verdict), _alerts(verdict), _causes(verdict)) if one.row_count]
    blocks: list[RenderableType] = [*tables, *_against(verdict)]
    spaced = [part for one in blocks for part in ("", one)]
    lines = _plain(Group(_verdict(verdict), *spaced)).rstrip("\n").splitlines()
    if len(lines) > ENDING_LINES:
        lines = [*lines[:ENDING_LINES], f"... {len(lines) - ENDING_LINES} more lines are in report.txt"]
    return "\n".join(lines)


def _plain(what: Group) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=WIDTH, color_system=None, force_terminal=False, force_jupyter=False, _environ={}
    )
    console.print(what)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def table(verdict: RunVerdict) -> Group:
    """The verdict for a terminal, most important things first."""
    every = (
        _experiments(verdict),
        _alerts(verdict),
        spread_table(spreads([verdict])),
        _panels(verdict),
        *_books(verdict),
        _reasons(verdict),
    )
    tables = [one for one in every if one.row_count]
    blocks: list[RenderableType] = [*tables, *_against(verdict)]
    spaced = [part for one in blocks for part in ("", one)]
    return Group(_verdict(verdict), *spaced)


def _verdict(verdict: RunVerdict) -> Text:
    said = Text(f"{SIGNS[verdict.outcome]} {plain(headline(verdict))}", style=OUTCOME_STYLES[verdict.outcome])
    for line in filter(None, (in_production(verdict), subline(verdict))):
        said.append(f"\n  {plain(line)}", style="default not bold")
    for line in pace(verdict):
        said.append(f"\n  {line}", style="default not bold")
    if verdict.left_out:
        said.append(f"\n  {not_checked(verdict.left_out)}", style="yellow not bold")
    for line in blindness(verdict.blind):
        said.append(f"\n  {plain(line)}", style="bold yellow")
    facts = (
        verdict.outcome,
        verdict.status,
        utc(verdict.started_epoch),
        verdict.environment,
        verdict.game_day,
        duration(verdict.duration),
        f"exit code {verdict.exit_code}",
        *([f"rules {verdict.rule_set.name} {verdict.rule_set.digest}"] if verdict.rule_set else []),
        *([f"without the nets {', '.join(verdict.without)}"] if verdict.without else []),
    )
    return said.append(f"\n  {plain(' · '.join(facts))}", style="dim not bold")


def _table(title: str, *columns: str) -> Table:
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def _outcome(outcome: Outcome) -> Text:
    return Text(f"{SIGNS[outcome]} {outcome}", style=OUTCOME_STYLES[outcome])


def _experiments(verdict: RunVerdict) -> Table:
    made = _table("Experiments", "experiment", "outcome", "slowest page", "margin")
    for experiment in verdict.experiments:
        made.add_row(Text(plain(experiment.name)), _outcome(experiment.outcome), *_slowest(experiment))
    for name in verdict.not_run:
        made.add_row(Text(plain(name)), Text("? never started", style="yellow"), NOTHING, NOTHING)
    return made


def _slowest(experiment: ExperimentVerdict) -> tuple[Text, Text]:
    slowest = slowest_page([experiment])
    if slowest is None:
        return Text(NOTHING), Text(NOTHING)
    if slowest.latency is None:
        return Text(f"never {plain(slowest.shown)}", style="bold red"), Text(NOTHING)
    margin = slowest.limit - slowest.latency
    return (
        Text(f"{seconds(slowest.latency)} {plain(slowest.shown)}"),
        Text(seconds(margin), style="bold red" if margin < 0 else ""),
    )


def _alerts(verdict: RunVerdict) -> Table:
    made = _table(
        "Which alerts would have woken us (seconds)",
        *("alert", "experiment", "stands", "after", "limit"),
        *(["in production"] if verdict.speaks_of_production else []),
    )
    for group in groups(verdict):
        for row in group.rows:
            made.add_row(
                Text(plain(row.alert)),
                Text(plain(row.experiment)),
                _standing(row),
                give_or_take(row.latency, row.uncertainty).replace(" s", ""),
                NOTHING if row.limit is None else f"{row.limit:g}",
                *(
                    [NOTHING if row.in_production is None else duration(row.in_production)]
                    if verdict.speaks_of_production
                    else []
                ),
            )
    return made


def _standing(row: Standings) -> Text:
    styles = {
        "paged": "green",
        "accepted": "green",
        "inhibited": "dim",
        "firing": "dim",
        "quiet": "dim",
        "unproven": "yellow",
    }
    return Text(row.standing, style=styles.get(row.standing, "bold red"))


def _panels(verdict: RunVerdict) -> Table:
    """Panels that were to move, or that moved though they should not."""
    made = _table("Panels", "panel", "experiment", "expected", "outcome", "moved after")
    for experiment in verdict.experiments:
        for panel in experiment.panels:
            if panel.expect != "stay" or panel.outcome == "breached":
                made.add_row(
                    Text(plain(panel.panel)),
                    Text(plain(experiment.name)),
                    panel.expect,
                    _outcome(panel.outcome),
                    seconds(panel.latency),
                )
    return made


def _books(verdict: RunVerdict) -> Iterator[Table]:
    """What became of what the system acknowledged, a table for each thing that it keeps books of."""
    for what in dict.fromkeys(books.what for books in verdict.ledger):
        made = _table(
            f"{plain(what).capitalize()}, from the system's word to its records and Prometheus",
            *("after", "outcome", "acknowledged", "missing", "twice", "recorded", "counted"),
        )
        for books in verdict.ledger:
            if books.what == what:
                made.add_row(
                    Text(plain(", ".join(books.experiments))),
                    _outcome(books.outcome),
                    *(amount(number) for number in _numbers(books)),
                )
        yield made


def _numbers(books: LedgerVerdict) -> tuple[float | None, ...]:
    """What is missing is known by the receipts."""
    missing = None if books.acknowledged is None else books.missing
    return (books.acknowledged, missing, books.doubled, books.recorded, books.counted)


def _reasons(verdict: RunVerdict) -> Table:
    """Why it is not met, then what was allowed to fire and did, and what is not judged; long reasons wrap under themselves."""
    made = _causes(verdict)
    for experiment in verdict.experiments:
        for fault in experiment.faults:
            if fault.healing and fault.healing.outcome == "met":
                made.add_row("·", Text(plain(f"{experiment.name}: {fault.fault}: {fault.healing.reason}")))
        for said in (*_cleared(experiment), *_tolerated(experiment), *_strange(experiment)):
            made.add_row("·", Text(plain(f"{experiment.name}: {said}"), style="dim"))
    return made


def _against(verdict: RunVerdict) -> list[Text]:
    """What got slower or faster since the last runs of its kind."""
    said = against.heading(verdict)
    if not said:
        return []
    told_ = "".join(f"\n  {plain(line)}" for line in against.lines(verdict))
    return [Text(plain(said), style="bold").append(told_, style="not bold")]


def _causes(verdict: RunVerdict) -> Table:
    """Why it is not met, and which load generators came and went."""
    made = Table.grid(padding=(0, 1))
    for outcome, said in wrong(verdict):
        made.add_row(_sign(outcome), Text(plain(said)))
    for change in verdict.generators:
        made.add_row("·", Text(plain(f"{utc(verdict.started_epoch + change.since)}: {change.text}")))
    return made


def _sign(outcome: Outcome) -> Text:
    return Text(SIGNS[outcome], style=OUTCOME_STYLES[outcome])


def _cleared(experiment: ExperimentVerdict) -> Iterator[str]:
    """Alerts that went while their fault lasted, and were allowed to."""
    for alert in experiment.alerts:
        if alert.gaps and alert.clears and alert.outcome == "met":
            yield f"{alert.shown}: {alert.reason}"


def _tolerated(experiment: ExperimentVerdict) -> Iterator[str]:
    for alert in experiment.tolerated:
        if alert.fired or alert.paged:
            paged = "" if alert.paged is None else f", paged {count(alert.paged, 'time')}"
            yield f"{alert.shown} fired {count(alert.fired, 'time')}{paged}, as it may: {alert.because}"


def _strange(experiment: ExperimentVerdict) -> Iterator[str]:
    """Alerts of others, which fired meanwhile."""
    for alert in experiment.strangers:
        yield f"also fired, not judged here: {alert.text}"


FORMAT = Format(name="text", filename="report.txt", render=render)
