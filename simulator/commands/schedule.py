"""`simulator schedule`: game days at their times, each slot at most once."""

import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.table import Table
from rich.text import Text

from simulator.base.clock import SystemClock
from simulator.base.errors import BadInput, ExitCode, SimulatorError
from simulator.base.names import nearest, shown
from simulator.commands.console import console
from simulator.commands.history import runs_in
from simulator.environments.settings import environment_settings
from simulator.history.record import RunRecord
from simulator.report.words import NOTHING, utc
from simulator.schedule import words
from simulator.schedule.book import FOLDER, Book, books
from simulator.schedule.calendar import calendar
from simulator.schedule.checks import Length, shortest
from simulator.schedule.doubts import doubts
from simulator.schedule.due import Office, code, note, run_due
from simulator.schedule.files import FOLDER as SCHEDULES
from simulator.schedule.files import schedules
from simulator.schedule.models import Placed
from simulator.schedule.recipes import RECIPES, Recipe
from simulator.schedule.slots import closed, upcoming

app = typer.Typer(help="Game days at their times: each slot at most once.", no_args_is_help=True)

ScenariosOption = Annotated[
    Path,
    typer.Option("--scenarios", help="Your folder; the schedules are in its schedules/.", file_okay=False),
]
ReportsOption = Annotated[
    Path,
    typer.Option(
        "--reports", help="Where runs leave their folder, and the book of slots is kept.", file_okay=False
    ),
]
NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Schedules, by name; all, if none is named.")
]
NumberOption = Annotated[
    int, typer.Option("--number", "-n", min=1, max=1000, help="How many slots of each schedule.")
]
PortOption = Annotated[
    int,
    typer.Option(min=0, max=65535, help="Of the page, on this machine only; 0: any that is free."),
]


@app.command()
def check(names: NamesArgument = None, scenarios: ScenariosOption = Path()) -> None:
    """Hold schedules against what they name, and say when they run.

    The exit code is 2 when one cannot be used, else 0.
    """
    good, wrong = schedules(scenarios, names or ())
    now = SystemClock().now()
    for one in good:
        schedule = one.schedule
        try:
            said = doubts(one, now)
            settings = environment_settings(one.environment)
            seconds = shortest(one)
        except SimulatorError as error:
            wrong.append(f"{schedule.name}: {error}")
            continue
        print(
            f"{schedule.name}: runs {schedule.run} on {settings.name} ({words.span(seconds)} at least), {schedule.at} in {schedule.zone};"
            f" next {', '.join(words.local(slot.due, schedule.zone) for slot in upcoming(schedule, now, 1))}"
        )
        for line in said:
            print(f"  warning: {line}")
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    raise typer.Exit(ExitCode.BAD_INPUT if wrong else ExitCode.MET)


@app.command("next")
def next_(names: NamesArgument = None, number: NumberOption = 5, scenarios: ScenariosOption = Path()) -> None:
    """List the slots that come next, with their jitter."""
    good = _usable(scenarios, names)
    now = SystemClock().now()
    rows = Table("slot", "begins", "in UTC", "in", "runs", "on", "", box=None, pad_edge=False)
    ahead = [(slot, one.schedule) for one in good for slot in upcoming(one.schedule, now, number)]
    for slot, schedule in sorted(ahead, key=lambda pair: pair[0].due):
        rows.add_row(
            slot.id,
            words.local(slot.due, schedule.zone),
            utc(slot.due),
            words.span(slot.due - now.timestamp()),
            Text(schedule.run),
            Text(schedule.environment),
            "closed" if closed(schedule, slot) else "",
        )
    console().print(rows)


@app.command("run-due")
def run_due_(
    names: NamesArgument = None,
    scenarios: ScenariosOption = Path(),
    reports: ReportsOption = Path("reports"),
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for a slot whose jitter still runs: for who looks only once.")
    ] = False,
    often: Annotated[
        bool,
        typer.Option(
            "--often", help="Somebody looks every minute: nothing is begun from before the first look."
        ),
    ] = False,
    served: Annotated[
        bool,
        typer.Option("--served", hidden=True, help="For serve: leave with 0 whatever the runs left with."),
    ] = False,
) -> None:
    """Run what is due, once: one step, for cron, a timer or a CI service.

    The exit code is that of the run; 0 when nothing was due, 5 when something was and did not run.
    """
    good, wrong = schedules(scenarios, names or ())
    office = _office(scenarios, reports)
    for line in wrong:
        _complain(line)
    note(office, good, wrong)
    try:
        became = asyncio.run(run_due(office, good, catches_up=not (often or served), waits=wait))
    finally:
        note(office, good, wrong)
    for record in became:
        print(f"{record.slot.id}: {words.outcome(record)}{f' ({record.reason})' if record.reason else ''}")
    if not became:
        print("nothing is due")
    if served:  # who waits for the step wants to know whether it was taken; the book tells of the runs
        raise typer.Exit(ExitCode.MET)
    raise typer.Exit(code(became) or (ExitCode.BAD_INPUT if wrong else ExitCode.MET))


@app.command()
def serve(
    scenarios: ScenariosOption = Path(), reports: ReportsOption = Path("reports"), port: PortOption = 0
) -> NoReturn:
    """Run what is due, when it is due, until ended; a page on this machine says how things stand."""
    schedules(scenarios)
    try:
        (reports / FOLDER).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{reports / FOLDER} cannot be made: {error.strerror}") from None
    step = [sys.executable, "-m", "simulator.cli", "schedule", "run-due", "--served"]
    step += ["--scenarios", str(scenarios), "--reports", str(reports)]
    lean = [
        sys.executable,
        "-m",
        "simulator.schedule.serve",
        str(reports / FOLDER),
        str(scenarios / SCHEDULES),
        str(port),
    ]
    os.execv(sys.executable, [*lean, *step])  # noqa: S606  a list, no shell


@app.command()
def pause(
    name: Annotated[str, typer.Argument(help="The schedule.")],
    reason: Annotated[str, typer.Argument(help="Why; it stands beside each slot that did not run.")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Go on.")] = False,
    scenarios: ScenariosOption = Path(),
    reports: ReportsOption = Path("reports"),
) -> None:
    """Have the slots of a schedule not run, until `--clear`."""
    schedules(scenarios, [name])
    book = Book(reports, name)
    if clear:
        if reason:
            raise BadInput("--clear takes no reason")
        print(f"{name} goes on" if book.go_on() else f"{name} was not paused")
        return
    book.pause(" ".join(reason.split()))
    print(f"{name} is paused: {book.paused}. Go on: simulator schedule pause {name} --clear")


@app.command()
def history(
    names: NamesArgument = None,
    last: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the latest slots.")] = 50,
    reports: ReportsOption = Path("reports"),
) -> None:
    """List what became of slots, the oldest first."""
    found = [
        record for book in books(reports) if not names or book.schedule in names for record in book.records()
    ]
    for path in (path for book in books(reports) for path in book.damaged()):
        _complain(f"{path} cannot be read: what became of that slot?")
    rows = Table("slot", "began", "outcome", "reason", "run", box=None, pad_edge=False)
    for record in sorted(found, key=lambda one: one.slot.due)[-last:]:
        rows.add_row(
            Text(f"{record.slot.id}{f' and {record.count - 1} before' if record.count > 1 else ''}"),
            utc(record.slot.due + record.late) if record.ran else NOTHING,
            words.outcome(record),
            Text(record.reason or NOTHING),
            Text(record.run or NOTHING),
        )
    console().print(rows)


@app.command()
def ics(
    names: NamesArgument = None,
    number: NumberOption = 20,
    scenarios: ScenariosOption = Path(),
    reports: ReportsOption = Path("reports"),
) -> None:
    """Print the next slots as a calendar (RFC 5545)."""
    made = calendar(_usable(scenarios, names), SystemClock().now(), number, _length(reports))
    sys.stdout.write(made.decode().replace("\r\n", "\n"))


@app.command()
def render(
    kind: Annotated[str, typer.Argument(help=f"For whom: {', '.join(RECIPES)}.")],
    names: NamesArgument = None,
    scenarios: ScenariosOption = Path(),
    reports: ReportsOption = Path("reports"),
) -> None:
    """Print what has a schedule carried out by systemd, cron, GitHub Actions, GitLab, Kubernetes, or in a container."""
    if kind not in RECIPES:
        raise BadInput(f"unknown recipe {shown(kind)}{nearest(kind, RECIPES)}")
    recipe = Recipe(Path(sys.argv[0]).resolve(), scenarios.resolve(), reports.resolve(), getpass.getuser())
    print(RECIPES[kind](recipe, [one.schedule for one in _usable(scenarios, names)]), end="")


def _usable(scenarios: Path, names: Sequence[str] | None) -> list[Placed]:
    """All that were asked for.

    Raises:
        BadInput: one of them cannot be used.
    """
    good, wrong = schedules(scenarios, names or ())
    if wrong:
        raise BadInput("\n".join(wrong))
    return good


def _office(scenarios: Path, reports: Path) -> Office:
    return Office(
        scenarios.resolve(), reports, SystemClock(), _length(reports), _folder_of(reports), _complain
    )


def _length(reports: Path) -> Length:
    """By the longest of its latest runs, and never shorter than its experiments are watched."""

    def length(placed: Placed) -> float:
        environment = environment_settings(placed.environment).name
        same = [
            one.duration
            for one in _records(reports)
            if one.game_day == Path(placed.run).stem and one.environment == environment
        ]
        return max([shortest(placed), *same[-5:]])

    return length


def _folder_of(reports: Path) -> Callable[[str], str]:
    def folder(slot: str) -> str:
        return next(
            (
                one.run
                for one in reversed(_records(reports))
                if one.provenance is not None and one.provenance.slot == slot
            ),
            "",
        )

    return folder


def _records(reports: Path) -> Sequence[RunRecord]:
    return runs_in(reports).records if reports.is_dir() else ()


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
