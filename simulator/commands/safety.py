"""`simulator undo`, `stop` and `audit`: what is there for when things went wrong, and for asking afterwards."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from simulator import environment as environments
from simulator.clock import RunClock, SystemClock
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.openfaults import OpenFaults
from simulator.engine.runlock import undo_lock
from simulator.engine.undo import sweep
from simulator.environment import Environment
from simulator.errors import BadInput, HarnessError, LeftInjected


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (undo, stop, audit):
        app.command()(command)


def undo(
    environment: Annotated[
        str, typer.Option("--environment", help="Where: embedded, compose or an environment file.")
    ] = "embedded",
    everywhere: Annotated[
        bool, typer.Option("--all", help="On every stack of this user that runs, of any checkout.")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would be undone.")] = False,
    lock: Annotated[
        int | None, typer.Option("--run-lock", hidden=True, help="The run lock's descriptor, from a guard.")
    ] = None,
    dead_since: Annotated[
        float | None,
        typer.Option("--dead-since", hidden=True, help="When its engine was dead, in monotonic seconds."),
    ] = None,
) -> None:
    """Undo whatever an earlier run left injected. Waits up to 30 s for a run, or its guard, that still ends."""
    places = environments.all_running() if everywhere else [environments.resolve(environment)]
    if dry:
        shown = sum(_show(place) for place in places)
        print(f"{shown} open faults would be undone; nothing was touched" if shown else "nothing is injected")
        return
    undone = asyncio.run(_undo_all(places, lock, dead_since))
    print(f"{undone} open faults undone" if undone else "nothing is injected")


def stop(
    reason: Annotated[str, typer.Argument(help="Why; whoever is refused a run reads it.")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Allow runs again.")] = False,
) -> None:
    """Stop every run of this user on this machine: all is undone, and no run begins until `simulator stop --clear`."""
    sign, trail = environments.stop_sign(), environments.audit_trail(SystemClock())
    if clear:
        if reason:
            raise BadInput("--clear takes no reason")
        cleared = sign.clear()
        if cleared:
            trail.write("stop cleared", str(sign.path))
        print("runs may begin again" if cleared else "nothing was stopped")
        return
    sign.set(reason)
    trail.write("stop set", str(sign.path), sign.read())
    print(f"stopped: {sign.read()}. Runs end within seconds; allow new ones with: simulator stop --clear")


def audit(
    last: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many of the latest entries.")] = 50,
) -> None:
    """Show who ran, stopped or undid what, when and from where."""
    entries = environments.audit_trail(SystemClock()).read()
    for entry in entries[-last:]:
        parts = [f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.who, entry.where, entry.deed, entry.what]
        print("  ".join([*parts, *(part for part in (entry.environment, entry.detail) if part)]))
    if not entries:
        print("nothing was done yet")


def _show(place: Environment) -> int:
    """Print the open faults of a place; returns how many there are."""
    open_faults = OpenFaults(place.state / "open", place.settings.undo)
    paths = open_faults.paths()
    for path in paths:
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        try:
            record = open_faults.read(path)
            what = f"{record.fault} {record.model_dump(exclude={'fault'})}"
        except HarnessError as error:
            what = str(error)
        print(f"{place.settings.name}: since {since:%Y-%m-%d %H:%M:%S} UTC: {what}")
    return len(paths)


async def _undo_all(places: list[Environment], inherited: int | None, dead_since: float | None) -> int:
    """Undo everywhere, also where another place fails."""
    undone, left = 0, []
    for place in places:
        try:
            undone += await _undo(place, inherited, dead_since)
        except LeftInjected as error:
            left.append(str(error))
    if left:
        raise LeftInjected("; ".join(left))
    return undone


async def _undo(place: Environment, inherited: int | None, dead_since: float | None) -> int:
    clock = RunClock(SystemClock())
    trail = environments.audit_trail(clock.clock, place.settings.name)
    async with undo_lock(place.state / "run.lock", clock, _complain, inherited):
        doors = place.open(clock, UnlinkedWorkload(clock, dead_since))
        try:
            return await sweep(OpenFaults(place.state / "open", place.settings.undo), doors, print, trail)
        finally:
            await doors.close()


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
