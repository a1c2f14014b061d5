"""`simulator history`, `simulator sla` and `simulator prune`: what all runs together have proven, and how long they are kept."""

import math
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.base.clock import SystemClock
from simulator.base.errors import BadInput, ExitCode
from simulator.base.names import shown
from simulator.commands.console import console
from simulator.history.index import Differs, Runs, judged_again, runs_below
from simulator.history.prune import old_runs, prune, whole_runs
from simulator.history.record import RunRecord
from simulator.history.sla import NotRun, Period, Sla, TakenOut, sla
from simulator.journal.file import JOURNAL
from simulator.journal.packed import PACKED
from simulator.judge.sealed import judged
from simulator.report.json import KEPT
from simulator.report.registry import formats
from simulator.report.sla.csv import table as as_csv
from simulator.report.sla.html import html
from simulator.report.sla.markdown import markdown
from simulator.report.sla.openmetrics import openmetrics
from simulator.report.sla.text import sla_table
from simulator.report.text import OUTCOME_STYLES
from simulator.report.words import NOTHING, count, seconds, utc
from simulator.schedule import prune as schedules
from simulator.schedule.book import books
from simulator.schedule.notices import Outbox

LATELY = timedelta(days=30)
"""What a report is about that names no time."""
_DAYS = re.compile(r"(\d{1,5})d", re.ASCII)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%?", re.ASCII)
_CODES = {"met": ExitCode.MET, "breached": ExitCode.BREACHED, "inconclusive": ExitCode.INCONCLUSIVE}

TEXT = "text"
PRINTED: dict[str, Callable[[Sla], str]] = {
    "json": lambda made: f"{made.model_dump_json(indent=2)}\n",
    "csv": as_csv,
    "html": html,
    "md": markdown,
    "openmetrics": openmetrics,
}
"""For programs, by the format's name."""
ReportsOption = Annotated[
    Path, typer.Option("--reports", help="Where runs leave their folder.", file_okay=False)
]


def history(
    alert: Annotated[str, typer.Option(help="Only what concerns this alert.")] = "",
    environment: Annotated[str, typer.Option(help="Only runs on this environment.")] = "",
    reports: ReportsOption = Path("reports"),
) -> None:
    """List all runs, the oldest first; with --alert every page of it that had to come."""
    runs = runs_in(reports)
    chosen = [one for one in runs.records if environment in ("", one.environment)]
    console().print(_attempts(chosen, alert) if alert else _all(chosen))
    name_uncounted(runs)


def sla_(
    month: Annotated[
        str, typer.Option(help="The calendar month in UTC, as in 2026-11; by default the last 30 days.")
    ] = "",
    objective: Annotated[str, typer.Option(help="The share of pages that has to arrive in time.")] = "95%",
    environment: Annotated[str, typer.Option(help="Only runs on this environment.")] = "",
    reports: ReportsOption = Path("reports"),
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Judge all journals again, and go by them and not by the reports."),
    ] = False,
    format_: Annotated[
        str, typer.Option("--format", help="How it is printed: text, html, json, csv, md or openmetrics.")
    ] = TEXT,
) -> None:
    """What the runs of a month prove about every alert: attained, failed or unproven.

    The exit code is 0 when every alert that was tried is proven to keep the objective, 1 when one fails it or got worse,
    else 3.
    """
    if format_ not in (TEXT, *PRINTED):
        raise BadInput(f"--format: unknown format {shown(format_)}; one of {', '.join((TEXT, *PRINTED))}")
    runs = _judged_again(runs_in(reports), reports) if verify else runs_in(reports)
    now = SystemClock().now()
    made = sla(
        runs.records,
        _month(month) if month else Period(start=(now - LATELY).timestamp(), end=now.timestamp()),
        _share(objective),
        environment=environment,
        unreadable=runs.damaged,
        unjudged=runs.unjudged,
        slots=_not_run(reports),
        taken_out=[
            TakenOut(schedule=book.schedule, until=book.pruned)
            for book in books(reports)
            if book.pruned > -math.inf
        ],
        now=now.timestamp(),
    )
    if format_ == TEXT:
        console().print(sla_table(made))
    else:
        print(PRINTED[format_](made), end="")
    raise typer.Exit(_CODES[made.outcome])


def runs_in(reports: Path) -> Runs:
    """Every run below a folder.

    Raises:
        BadInput: it is no folder.
    """
    if not reports.is_dir():
        raise BadInput(
            f"no runs can be found: {reports} is no folder; --reports names the one where runs leave theirs"
        )
    return runs_below(reports, KEPT)


def _not_run(reports: Path) -> list[NotRun]:
    """Of every schedule that was ever carried out there."""
    records = [record for book in books(reports) for record in book.records()]
    return [
        NotRun(
            slot=one.slot.id,
            epoch=one.slot.instant,
            environment=Path(one.environment).stem,
            outcome=one.status,
            reason=one.reason,
            count=one.count,
        )
        for one in sorted(records, key=lambda one: one.slot.instant)
        if one.status in ("skipped", "missed", "unknown")
    ]


def _judged_again(runs: Runs, reports: Path) -> Runs:
    again, others = judged_again(runs, lambda folder: judged(reports / folder))
    for one in others:
        for text in _differs(one, reports / one.folder):
            print(f"{one.folder}: {text}", file=sys.stderr)
    return again


def _differs(one: Differs, folder: Path) -> Iterator[str]:
    """What is wrong between a report and its journal, and what to do."""
    if one.is_resealed:
        now = one.judged.journal_seal
        yield (
            f"its journal is not the one that was reported: that ended with the seal {one.reported.journal_seal},"
            f" this one ends with {now or 'none'}; put the reported one back, from a backup"
        )
    if one.says_otherwise:
        yield f"its report does not say what its journal does; simulator report {folder} renders it again"


def prune_(
    keep: Annotated[
        str, typer.Option(help="How long whole runs, slots and notices are kept, in days.")
    ] = "90d",
    keep_breached: Annotated[
        bool, typer.Option("--keep-breached", help="Keep breached runs whole, however old.")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    reports: ReportsOption = Path("reports"),
) -> None:
    """Delete journals and reports of old runs, old slots of schedules, and notices that were told of them.

    What is counted of a run stays: no figure of an SLA report changes by it. Slots of the last 30 days stay in any case.
    """
    runs = runs_in(reports)
    now = SystemClock().now()
    before = (now - _days(keep)).timestamp()
    names = [JOURNAL, f"{JOURNAL}{PACKED}", *(one.filename for one in formats().values())]
    old = old_runs(runs, reports, names, before=before, keep_breached=keep_breached)
    slots = schedules.old(
        books(reports),
        Outbox(reports),
        now=now.timestamp(),
        before=before,
        whole=whole_runs(runs, reports, old),
        judged={one.provenance.slot: one.run for one in runs.records if one.provenance},
    )
    for run in old:
        print(f"{run.folder}: {', '.join(path.name for path in run.files)}")
    for line in _slots_that_go(slots):
        print(line)
    went = sum(run.size for run in old) + slots.size
    if not dry:
        prune(old)
        schedules.prune(slots)
    print(
        f"{count(len(old), 'run')}, {count(slots.count, 'slot')} and {count(len(slots.notices), 'notice')},"
        f" {went / 1e6:.1f} MB {'would go' if dry else 'went'}; what is counted of runs stays"
    )
    name_uncounted(runs)


def _slots_that_go(old: schedules.Old) -> Iterator[str]:
    for one in old.slots:
        yield (
            f"{one.book.folder}: {count(one.ran + one.did_not_run, 'slot')} up to {utc(one.until)},"
            f" {one.ran} that ran and {one.did_not_run} that did not"
        )
    if old.notices:
        yield f"{old.notices[0].parent}: {count(len(old.notices), 'notice')} that were told"


def _days(text: str) -> timedelta:
    found = _DAYS.fullmatch(text)
    if found is None:
        raise BadInput(f"--keep: {shown(text)} is no number of days; write it as in 90d")
    return timedelta(days=int(found[1]))


def _month(text: str) -> Period:
    try:
        start = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        end = (start + timedelta(days=32)).replace(day=1)
    except (ValueError, OverflowError):
        raise BadInput(f"--month: {shown(text)} is no month; write it as in 2026-11") from None
    return Period(start=start.timestamp(), end=end.timestamp())


def _share(text: str) -> float:
    found = _SHARE.fullmatch(text.strip())
    share = float(found[1]) / 100 if found else 0.0
    if not 0 < share < 1:
        raise BadInput(f"--objective: {shown(text)} is no share between 0 and 100 %; write it as in 95%")
    return share


def _all(records: list[RunRecord]) -> Table:
    rows = Table(
        "run", "when", "environment", "outcome", "in time", "started by", "commit", box=None, pad_edge=False
    )
    for one in records:
        came = [attempt for attempt in one.attempts if attempt.outcome != "inconclusive"]
        in_time = f"{sum(attempt.outcome == 'met' for attempt in came)}/{len(came)}"
        by = one.provenance
        rows.add_row(
            Text(one.run),
            utc(one.epoch),
            Text(one.environment),
            Text(one.outcome, style=OUTCOME_STYLES[one.outcome]),
            in_time,
            Text((by.slot or by.by) if by else NOTHING),
            Text(by.commit if by else NOTHING),
        )
    return rows


def _attempts(records: list[RunRecord], alert: str) -> Table:
    rows = Table("run", "when", "experiment", "outcome", "took", "limit", "rule", box=None, pad_edge=False)
    for one in records:
        for attempt in one.attempts:
            if alert in (attempt.alert, attempt.alert.partition("{")[0]):
                rows.add_row(
                    Text(one.run),
                    utc(one.epoch),
                    Text(attempt.experiment),
                    Text(attempt.outcome, style=OUTCOME_STYLES[attempt.outcome]),
                    seconds(attempt.latency),
                    seconds(attempt.limit),
                    attempt.rule or NOTHING,
                )
    return rows


def name_uncounted(runs: Runs) -> None:
    """Say which runs are not counted, to whoever reads the errors."""
    if runs.damaged:
        named = Text(f"reports that cannot be read: {', '.join(runs.damaged)}", style="yellow")
        Console(stderr=True).print(named, soft_wrap=True)
    if runs.unjudged:
        left = f"runs without a report, which go on or were killed: {', '.join(runs.unjudged)}"
        said = Text(f"{left}; simulator report RUN judges what they left", style="yellow")
        Console(stderr=True).print(said, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("history")(history)
    app.command("sla")(sla_)
    app.command("prune")(prune_)
