"""`simulator`: the command line."""

import asyncio
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator import environment as environments
from simulator.clock import RunClock, SystemClock
from simulator.coverage import coverage as covered_by
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.openfaults import OpenFaults
from simulator.engine.runlock import undo_lock
from simulator.engine.undo import sweep
from simulator.errors import BadInput, ExitCode, SimulatorError
from simulator.faults import faults
from simulator.journal.file import read_journal
from simulator.judge import judge
from simulator.names import shown
from simulator.plan.build import DASHBOARDS, ROOT, RULES, SCENARIOS
from simulator.plan.loader import Catalogue, load
from simulator.plan.models import Experiment, GameDay
from simulator.plan.panels import read_panels
from simulator.plan.rules import read_rules
from simulator.plan.schema import schema as json_schema
from simulator.preflight import check_kinds
from simulator.report import table, write_reports
from simulator.report.coverage import coverage_table
from simulator.report.json import read_verdicts
from simulator.report.spread import difference_table
from simulator.spread import compare as compared
from simulator.spread import missed, only_in
from stack.compose import client as compose
from stack.compose.info import ComposeInfo, Images
from stack.supervisor import client as stacks
from stack.supervisor.paths import embedded_folder
from stack.supervisor.protocol import Endpoint

app = typer.Typer(
    help="Game days that prove your alerts work.", no_args_is_help=True, pretty_exceptions_enable=False
)
stack_app = typer.Typer(
    help="The stack: ERPGo and its monitoring, on loopback, as processes or as containers.",
    no_args_is_help=True,
)
app.add_typer(stack_app, name="stack")

EnvironmentOption = Annotated[
    str, typer.Option("--environment", help="Where: embedded or compose.", metavar="NAME")
]
ReportsOption = Annotated[
    Path, typer.Option("--reports", help="Where runs leave their folder.", file_okay=False)
]


@app.command()
def run(
    name: Annotated[
        str, typer.Argument(help="A game day, an experiment, or the path of an experiment's file.")
    ],
    environment: EnvironmentOption = "embedded",
    reports: ReportsOption = Path("reports"),
    seed: Annotated[int, typer.Option(help="Makes the traffic's data and order repeatable.")] = 1,
    repeat: Annotated[
        int, typer.Option(min=1, max=1000, help="Run each experiment so often, for percentiles.")
    ] = 1,
    quiet_for: Annotated[
        str, typer.Option("--for", help="How long to watch where there is no fault, as in 1h.")
    ] = "",
    shape: Annotated[
        str, typer.Option(help="The traffic's shape: steady, diurnal, ramp or spike.")
    ] = "steady",
) -> None:
    """Run a game day or an experiment, with traffic, and report.

    The exit code is 0 when everything was met, 1 breached, 3 inconclusive, 4 aborted or interrupted,
    2 bad input, 6 something is left injected, 70 the tool broke.
    """
    kind = environments.kind_of(environment)
    _, experiments = Catalogue.of(SCENARIOS).resolve(name)
    check_kinds(experiments, kind)
    _make(reports)
    # One topology: Locust is the parent, the engine its child. So this process becomes Locust.
    locust = [sys.executable, "-m", "locust", "-f", str(ROOT / "locustfile.py"), "--headless"]
    options = ["--gameday", name, "--environment", environment, "--reports", str(reports)]
    options += ["--simulator-seed", str(seed), "--repeat", str(repeat), "--shape", shape]
    options += ["--quiet-for", quiet_for] if quiet_for else []
    os.execv(sys.executable, [*locust, *options])  # noqa: S606  a list, no shell


@app.command("list")
def list_() -> None:
    """List game days, experiments and faults."""
    catalogue = Catalogue.of(SCENARIOS)
    rows = Table("name", "kind", "what", box=None, pad_edge=False)
    for name, path in catalogue.game_days.items():
        rows.add_row(Text(name), "game day", Text(load(path, GameDay).title))
    for name, path in catalogue.experiments.items():
        rows.add_row(Text(name), "experiment", Text(load(path, Experiment).title))
    for name, fault in sorted(faults().items()):
        rows.add_row(name, "fault", _first_sentence(fault))
    Console().print(rows)


@app.command()
def report(
    run: Annotated[str, typer.Argument(help="A run's folder, or its name below --reports.")],
    reports: ReportsOption = Path("reports"),
) -> None:
    """Judge a run again from its journal, and render its reports again. Needs no stack."""
    folder = _folder(run, reports)
    verdict = judge(read_journal(folder / "journal.jsonl"))
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
    here, there = (judge(read_journal(_folder(run, reports) / "journal.jsonl")) for run in (first, second))
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
    raise typer.Exit(ExitCode.BREACHED if slower or after - before else ExitCode.MET)


@app.command()
def coverage(
    reports: ReportsOption = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Which rules, panels and faults the experiments exercise, and how that went last, by the reports there are.

    The exit code is 1 when a rule or a panel has no experiment, else 0.
    """
    catalogue = Catalogue.of(SCENARIOS)
    covered = covered_by(
        read_rules(RULES),
        read_panels(DASHBOARDS, 1.0),
        sorted(faults()),
        [load(path, Experiment) for path in catalogue.experiments.values()],
        read_verdicts(reports),
    )
    if as_json:
        print(covered.model_dump_json(indent=2))
    else:
        Console().print(coverage_table(covered))
    raise typer.Exit(ExitCode.BREACHED if covered.unplanned else ExitCode.MET)


@app.command()
def undo(
    environment: EnvironmentOption = "embedded",
    lock: Annotated[
        int | None, typer.Option("--run-lock", hidden=True, help="The run lock's descriptor, from a guard.")
    ] = None,
    dead_since: Annotated[
        float | None,
        typer.Option("--dead-since", hidden=True, help="When its engine was dead, in monotonic seconds."),
    ] = None,
) -> None:
    """Undo whatever an earlier run left injected. Waits up to 30 s for a run, or its guard, that still ends."""
    undone = asyncio.run(_undo(environment, lock, dead_since))
    print(f"{undone} open faults undone" if undone else "nothing is injected")


@app.command()
def schema() -> None:
    """Print the JSON Schema of experiment and game day files."""
    print(json.dumps(json_schema(), indent=2))


@stack_app.command("up")
def stack_up(
    environment: EnvironmentOption = "embedded",
    images: Annotated[
        Images | None,
        typer.Option(
            help="compose: upstream images or Debian's packages; by default upstream where they can be had."
        ),
    ] = None,
) -> None:
    """Start the stack; it stays until `simulator stack down`."""
    environments.check_name(environment)
    if environment == "compose":
        _print_services(compose.up(_say, images).info.services)
    elif images is not None:
        raise BadInput("--images goes with --environment compose")
    else:
        _print_services(stacks.up(embedded_folder(), say=_say).services)


@stack_app.command("down")
def stack_down(environment: EnvironmentOption = "embedded") -> None:
    """Stop the stack and everything in it; its data goes with it."""
    environments.check_name(environment)
    stopped = compose.down(_say) if environment == "compose" else stacks.down(embedded_folder())
    print("stopped" if stopped else f"the {environment} stack is not running")


@stack_app.command("status")
def stack_status(environment: EnvironmentOption = "embedded") -> None:
    """Show the services of the stack, and what is held."""
    environments.check_name(environment)
    info = compose.running() if environment == "compose" else stacks.running(embedded_folder())
    if info is None:
        up = "simulator stack up" + (" --environment compose" if environment == "compose" else "")
        print(f"the {environment} stack is not running; start it with: {up}")
        raise typer.Exit(ExitCode.INCONCLUSIVE)
    if isinstance(info, ComposeInfo):
        _print_services(info.services, compose.states())
        return
    with stacks.Connection(info) as connection:
        status = connection.status()
        holds = connection.holds()
    _print_services(info.services, {name: service.state for name, service in status.services.items()})
    for hold in holds:
        print(f"{hold.service} is held {hold.how} by {hold.owner}")


async def _undo(environment: str, inherited: int | None, dead_since: float | None) -> int:
    place = environments.resolve(environment)
    clock = RunClock(SystemClock())
    async with undo_lock(place.state / "run.lock", clock, _complain, inherited):
        doors = place.open(clock, UnlinkedWorkload(clock, dead_since))
        try:
            return await sweep(OpenFaults(place.state / "open"), doors, print)
        finally:
            await doors.close()


def _folder(run: str, reports: Path) -> Path:
    try:
        return Path(run) if Path(run).is_dir() else reports / run
    except OSError as error:  # a name too long, or below a folder that may not be entered
        raise BadInput(f"no run can be found under {shown(run)}: {error.strerror}") from None


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


def _make(folder: Path) -> None:
    """Have the reports' folder, before a stack and Locust are started in vain.

    Raises:
        BadInput: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # the latter for a zero byte
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"the reports' folder {folder} cannot be made: {why}") from None


def _first_sentence(fault: object) -> str:
    module = sys.modules[type(fault).__module__]
    return (module.__doc__ or "").split(": ", 1)[-1].strip().splitlines()[0]


def _print_services(services: dict[str, Endpoint], states: dict[str, str] | None = None) -> None:
    rows = Table(box=None, pad_edge=False, show_header=False)
    for name, endpoint in services.items():
        rows.add_row(name, f"{endpoint.host}:{endpoint.port}", (states or {}).get(name, ""))
    Console().print(rows)


def main() -> None:
    """The entry point: errors become one message and their exit code, bugs a traceback and 70."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name may have bytes that are no text
    try:
        app(prog_name="simulator")
    except SimulatorError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:  # noqa: BLE001  the outermost frame: Python's own exit code 1 would read as "breached"
        traceback.print_exc()
        sys.exit(ExitCode.HARNESS)


if __name__ == "__main__":
    main()
