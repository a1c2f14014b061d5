"""report.txt, and the same tables for a terminal: readable at 80 columns, plain when piped."""

import io

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from simulator.report.contract import Format
from simulator.report.headline import headline, subline
from simulator.report.standing import Standings, groups, slowest_page
from simulator.report.words import NOTHING, count, duration, give_or_take, plain, seconds, utc
from simulator.verdict import ExperimentVerdict, Outcome, RunVerdict

WIDTH = 100
"""Columns of report.txt."""
_STYLES: dict[Outcome, str] = {"met": "green", "breached": "bold red", "inconclusive": "yellow"}
_SIGNS: dict[Outcome, str] = {"met": "✓", "breached": "✗", "inconclusive": "?"}


def render(verdict: RunVerdict) -> bytes:
    """The terminal's tables without colour, at a fixed width."""
    file = io.StringIO()
    console = Console(
        file=file, width=WIDTH, color_system=None, force_terminal=False, force_jupyter=False, _environ={}
    )
    console.print(table(verdict))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()).encode() + b"\n"


def table(verdict: RunVerdict) -> Group:
    """The verdict for a terminal, most important things first."""
    tables = [one for one in (_experiments(verdict), _alerts(verdict), _panels(verdict)) if one.row_count]
    return Group(_verdict(verdict), *tables, _reasons(verdict))


def _verdict(verdict: RunVerdict) -> Text:
    said = Text(f"{_SIGNS[verdict.outcome]} {plain(headline(verdict))}", style=_STYLES[verdict.outcome])
    if subline(verdict):
        said.append(f"\n  {plain(subline(verdict))}", style="default not bold")
    facts = (
        verdict.outcome,
        verdict.status,
        utc(verdict.started_epoch),
        verdict.environment,
        verdict.game_day,
        duration(verdict.duration),
        f"exit code {verdict.exit_code}",
    )
    return said.append(f"\n  {plain(' · '.join(facts))}", style="dim not bold")


def _table(title: str, *columns: str) -> Table:
    made = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1)
    )
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def _outcome(outcome: Outcome) -> Text:
    return Text(f"{_SIGNS[outcome]} {outcome}", style=_STYLES[outcome])


def _experiments(verdict: RunVerdict) -> Table:
    made = _table("\nExperiments", "experiment", "outcome", "slowest page", "margin")
    for experiment in verdict.experiments:
        made.add_row(Text(plain(experiment.name)), _outcome(experiment.outcome), *_slowest(experiment))
    for name in verdict.not_run:
        made.add_row(Text(plain(name)), Text("? never started", style="yellow"), NOTHING, NOTHING)
    return made


def _slowest(experiment: ExperimentVerdict) -> tuple[Text, Text]:
    slowest = slowest_page([experiment])
    if slowest is None or slowest.latency is None:
        return Text(NOTHING), Text(NOTHING)
    return (
        Text(f"{seconds(slowest.latency)} {plain(slowest.alert)}"),
        Text(seconds(slowest.limit - slowest.latency)),
    )


def _alerts(verdict: RunVerdict) -> Table:
    made = _table(
        "Which alerts would have woken us", "alert", "experiment", "stands", "after", "limit", "worst"
    )
    for group in groups(verdict):
        for row in group.rows:
            made.add_row(
                Text(plain(row.alert)),
                Text(plain(row.experiment)),
                _standing(row),
                give_or_take(row.latency, row.uncertainty),
                NOTHING if row.limit is None else f"{row.limit:g} s",
                seconds(row.predicted_worst),
            )
    return made


def _standing(row: Standings) -> Text:
    styles = {"paged": "green", "inhibited": "dim", "quiet": "dim", "unproven": "yellow"}
    return Text(row.standing, style=styles.get(row.standing, "bold red"))


def _panels(verdict: RunVerdict) -> Table:
    """Panels that were to move, or that moved though they should not; the quiet rest is counted in the reasons."""
    made = _table("Panels", "panel", "experiment", "expected", "outcome", "moved after")
    for experiment in verdict.experiments:
        for panel in experiment.panels:
            if panel.expect != "stay" or panel.outcome != "met":
                made.add_row(
                    Text(plain(panel.panel)),
                    Text(plain(experiment.name)),
                    panel.expect,
                    _outcome(panel.outcome),
                    seconds(panel.latency),
                )
    return made


def _reasons(verdict: RunVerdict) -> Text:
    said = Text()
    for reason in verdict.reasons:
        said.append(f"{_SIGNS[reason.outcome]} {plain(reason.text)}\n", style=_STYLES[reason.outcome])
    for experiment in verdict.experiments:
        for reason in experiment.reasons:
            said.append(f"{_SIGNS[reason.outcome]} {plain(experiment.name)}: ", style=_STYLES[reason.outcome])
            said.append(f"{plain(reason.text)}\n")
        for alert in experiment.tolerated:
            if alert.fired or alert.paged:
                fired = f"fired {count(alert.fired, 'time')}, paged {count(alert.paged, 'time')}"
                said.append(
                    f"  {plain(experiment.name)}: {plain(alert.alert)} {fired}, as it may: ", style="dim"
                )
                said.append(f"{plain(alert.because)}\n", style="dim")
    return said


FORMAT = Format(name="text", filename="report.txt", render=render)
