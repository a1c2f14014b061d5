"""`simulator`: the command line."""

import asyncio
import json
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.base.clock import SystemClock
from simulator.base.errors import BadInput, ExitCode, SimulatorError, Unsafe, exit_code, worst
from simulator.base.files import make_folder, remove_empty
from simulator.base.loader import load
from simulator.base.names import shown
from simulator.base.outlet import Outlet
from simulator.base.values import seconds
from simulator.commands import doctor, history, init, lint, receiver, safety, schedule, stack
from simulator.commands.dry_run import check_without_a_stack, dry_run
from simulator.commands.history import name_uncounted, runs_in
from simulator.commands.schema import schema as json_schema
from simulator.environments import registry as environments
from simulator.environments.settings import environment_settings
from simulator.faults import faults
from simulator.history.coverage import coverage as covered_by
from simulator.history.index import Runs
from simulator.history.spread import compare as compared
from simulator.history.spread import missed, only_in, other_rules
from simulator.journal.reading import read_run
from simulator.judge import judge
from simulator.judge.sealed import judged
from simulator.plan.catalogue import catalogue
from simulator.plan.models import Experiment, GameDay
from simulator.plan.panels import DASHBOARDS, with_own
from simulator.plan.request import RunRequest
from simulator.plan.targets import possible, unfit
from simulator.preflight import check_offers
from simulator.report import table, write_reports
from simulator.report.coverage import coverage_table
from simulator.report.spread import difference_table
from simulator.safety.audit import audit_trail
from simulator.safety.nets import NETS, nets_named
from simulator.safety.stopsign import stop_sign

app = typer.Typer(
    help="Game days that prove your alerts work.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(stack.app, name="stack")
app.add_typer(schedule.app, name="schedule")
safety.register(app)
receiver.register(app)
init.register(app)
doctor.register(app)
lint.register(app)
history.register(app)

EnvironmentOption = Annotated[
    str,
    typer.Option("--environment", help="Where: embedded, compose or an environment file.", metavar="NAME"),
]
ScenariosOption = Annotated[
    Path,
    typer.Option(
        "--scenarios",
        help="Your folder of experiments/ and gamedays/; what is installed comes after it.",
        file_okay=False,
    ),
]
ShapeOption = Annotated[str, typer.Option(help="The traffic's shape: steady, diurnal, ramp or spike.")]
WithoutOption = Annotated[
    list[str] | None,
    typer.Option(
        help=f"Safety check to disable, by name (repeatable); the report says so. One of: {', '.join(NETS)}."
    ),
]
SlotOption = Annotated[
    str, typer.Option(help="What a schedule runs it for, as NAME/INSTANT; the report says so.")
]
SummaryOption = Annotated[
    str,
    typer.Option(
        metavar="FILE", help="A file that gets the verdict as Markdown too, for a CI job's summary."
    ),
]
ReportsOption = Annotated[
    Path, typer.Option("--reports", help="Where runs leave their folder.", file_okay=False)
]


@app.command()
def run(
    name: Annotated[
        str, typer.Argument(help="A game day or an experiment, by its name or the path of its file.")
    ],
    environment: EnvironmentOption = "embedded",
    scenarios: ScenariosOption = Path(),
    reports: ReportsOption = Path("reports"),
    seed: Annotated[int, typer.Option(help="Makes what the traffic sends repeatable.")] = 1,
    repeat: Annotated[
        int, typer.Option(min=1, max=1000, help="Run each experiment N times, for percentiles.")
    ] = 1,
    quiet_for: Annotated[
        str, typer.Option("--for", help="How long to watch where there is no fault, as in 1h.")
    ] = "",
    shape: ShapeOption = "steady",
    without: WithoutOption = None,
    confirm: Annotated[str, typer.Option(help="The name of a production environment, typed once more.")] = "",
    slot: SlotOption = "",
    summary: SummaryOption = "",
    dry: Annotated[
        bool,
        typer.Option("--dry-run", help="Check everything, list targets, alerts and undo; touch nothing."),
    ] = False,
) -> None:
    """Run a game day or an experiment, with traffic, and report.

    The exit code is 0 when everything was met, 1 breached, 3 inconclusive, 4 aborted or interrupted,
    2 bad input, 6 something is left injected, 70 the tool broke.
    """
    kind = environment_settings(environment).stack
    _, experiments = catalogue(scenarios).resolve(name)
    check_offers(experiments, environments.offers(environment))
    check_without_a_stack(experiments, kind)
    request = RunRequest(
        gameday=name,
        environment=environment,
        scenarios=scenarios,
        reports=reports,
        simulator_seed=seed,
        repeat=repeat,
        quiet_for=_watched_for(quiet_for),
        without=nets_named(",".join(without or [])),
        confirm=confirm,
        slot=slot,
        summary=summary,
    )
    if dry:
        asyncio.run(dry_run(request))
        return
    try:
        stop_sign().refuse()
    except Unsafe as error:
        audit_trail(SystemClock(), environment).write("run refused", name, str(error))
        raise
    _check_writable(reports)
    _become_locust(request, shape)


def _become_locust(request: RunRequest, shape: str) -> NoReturn:
    """One topology: Locust is the parent, the engine its child."""
    traffic = environments.traffic(request.environment).options()
    locust = [sys.executable, "-m", "locust", *traffic, "--headless", f"--shape={shape}"]
    os.execv(sys.executable, [*locust, *request.options()])  # noqa: S606  a list, no shell


@app.command("list")
def list_(scenarios: ScenariosOption = Path()) -> None:
    """List game days, experiments and faults."""
    known = catalogue(scenarios)
    rows = Table("name", "kind", "where", "what", box=None, pad_edge=False)
    for name, path in known.game_days.items():
        rows.add_row(*map(Text, (name, "game day", known.where(name), load(path, GameDay).title)))
    for name, path in known.experiments.items():
        rows.add_row(*map(Text, (name, "experiment", known.where(name), load(path, Experiment).title)))
    for name, fault in sorted(faults().items()):
        module = sys.modules[type(fault).__module__]
        rows.add_row(*map(Text, (name, "fault", module.__name__.rpartition(".")[0], _first_sentence(module))))
    Console().print(rows)


@app.command()
def report(
    run: Annotated[str, typer.Argument(help="A run's folder, or its name below --reports.")],
    reports: ReportsOption = Path("reports"),
) -> None:
    """Judge a run again from its journal, and render its reports again. Needs no stack."""
    folder = _folder(run, reports)
    verdict = judged(folder)
    written = write_reports(verdict, folder)
    console = Console()
    console.print(table(verdict))
    for path in written:
        console.print(Text(str(path)), soft_wrap=True)
    raise typer.Exit(verdict.exit_code)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A run's folder, or its name below --reports.")],
    second: Annotated[str, typer.Argument(help="The run to hold against it.")],
    reports: ReportsOption = Path("reports"),
) -> None:
    """What got slower from one run to another, and whether the difference is real. Runs with --repeat say most.

    The exit code is 1 when something got slower for real, or was missed more often, else 0.
    """
    here, there = (judge(read_run(_folder(run, reports))) for run in (first, second))
    differences = compared(here, there)
    if not differences:
        print("the two runs have no measured alert in common")
    else:
        Console().print(difference_table(differences))
    slower = any(one.is_real and one.shift > 0 for one in differences)
    before, after = missed([here]), missed([there])
    for experiment, alert in sorted(before | after):
        times = f"{before[experiment, alert]} times, then {after[experiment, alert]} times"
        print(f"{alert} was missed in {experiment}: {times}")
    for run, alone in ((first, only_in(here, there)), (second, only_in(there, here))):
        for experiment, alert in alone:
            print(f"{alert} in {experiment} was measured in {run} only")
    for alert in other_rules(here, there):
        print(f"{alert}: its rule changed between the two runs")
    raise typer.Exit(ExitCode.BREACHED if slower or after - before else ExitCode.MET)


@app.command()
def coverage(
    environment: EnvironmentOption = "embedded",
    scenarios: ScenariosOption = Path(),
    reports: ReportsOption = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Which rules, panels and faults the experiments exercise, and how that went last, by the reports there are.

    The exit code is 1 when a rule or a panel has no experiment, else 0.
    """
    offers = environments.offers(environment)
    runs = runs_in(reports) if reports.is_dir() else Runs((), (), ())
    known = (load(path, Experiment) for path in catalogue(scenarios).experiments.values())
    covered = covered_by(
        environments.rules(environment),
        with_own(scenarios / DASHBOARDS, environments.panels(environment), 1.0),
        possible(offers),
        [one for one in known if not any(unfit(one, offers))],
        runs.records,
    )
    name_uncounted(runs)
    if as_json:
        print(covered.model_dump_json(indent=2))
    else:
        Console().print(coverage_table(covered))
    raise typer.Exit(ExitCode.BREACHED if covered.unplanned else ExitCode.MET)


@app.command()
def schema() -> None:
    """Print the JSON Schema of experiment, game day and environment files."""
    print(json.dumps(json_schema(), indent=2))


def _watched_for(text: str) -> float:
    try:
        return float(str(seconds(text))) if text else 0.0
    except ValueError as error:
        raise BadInput(f"--for: {error}") from None


def _folder(run: str, reports: Path) -> Path:
    try:
        return Path(run) if Path(run).is_dir() else reports / run
    except OSError as error:  # a name too long, or below a folder that may not be entered
        raise BadInput(f"no run can be found under {shown(run)}: {error.strerror}") from None


def _check_writable(folder: Path) -> None:
    """Make the reports' folder, before a stack and Locust are started in vain, and leave nothing: a run may be refused.

    Raises:
        BadInput: it cannot be made.
    """
    try:
        if not folder.is_dir():
            remove_empty(make_folder(folder))
    except (OSError, ValueError) as error:  # the latter for a zero byte
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"the reports' folder {folder} cannot be made: {why}") from None


def _first_sentence(module: ModuleType) -> str:
    return (module.__doc__ or "").split(": ", 1)[-1].strip().splitlines()[0]


def main() -> None:
    """The entry point: errors become one message and their exit code, bugs a traceback and 70.

    A reader that has gone, as in `simulator list | head`, has read what it wanted: the code is what was decided. On a
    disk that is full nobody reads anything, which is an error.
    """
    out, err = Outlet(sys.stdout), Outlet(sys.stderr)
    sys.stdout, sys.stderr = out.text, err.text
    code = _code()
    out.flush()
    if out.lost is not None and not isinstance(out.lost, BrokenPipeError):
        why = getattr(out.lost, "strerror", None) or out.lost
        print(f"error: standard output cannot be written: {why}; send it elsewhere", file=sys.stderr)
        code = worst(code, ExitCode.HARNESS)
    sys.exit(code)


def _code() -> int:
    """Do what was asked; returns the exit code."""
    try:
        app(prog_name="simulator")
    except SystemExit as end:
        return exit_code(end.code)
    except SimulatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Exception:  # noqa: BLE001  the outermost frame: Python's own exit code 1 would read as "breached"
        traceback.print_exc()
        return ExitCode.HARNESS
    return ExitCode.MET


if __name__ == "__main__":
    main()
