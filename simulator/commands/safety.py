"""`simulator undo`, `stop` and `audit`: what is there for when things went wrong, and for asking afterwards."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import BadInput, HarnessError, LeftInjected, SimulatorError, StackError
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.openfaults import OpenFaults
from simulator.engine.undo import sweep, takes
from simulator.environments import registry as environments
from simulator.environments.contract import Environment
from simulator.safety.audit import audit_trail
from simulator.safety.runlock import UNDO_WAITS, undo_lock
from simulator.safety.stopsign import stop_sign


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
    """Undo whatever an earlier run left injected. Waits up to 30 s for a run, or its guard, that still ends; longer where its undo may take longer."""
    finds = environments.everywhere() if everywhere else [partial(environments.to_undo, environment)]
    if dry:
        shown = _in_each(finds, _show)
        print(f"{shown} open faults would be undone; nothing was touched" if shown else "nothing is injected")
        return
    undone = _in_each(finds, lambda place: asyncio.run(_undo(place, lock, dead_since)))
    print(f"{undone} open faults undone" if undone else "nothing is injected")


def stop(
    reason: Annotated[str, typer.Argument(help="Why; whoever is refused a run reads it.")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Allow runs again.")] = False,
) -> None:
    """Stop every run of this user on this machine: all is undone, and no run begins until `simulator stop --clear`."""
    sign, trail = stop_sign(), audit_trail(SystemClock())
    if clear:
        if reason:
            raise BadInput("--clear takes no reason")
        if sign.read():
            trail.write("stop cleared", str(sign.path))
        cleared = sign.clear()
        print("runs may begin again" if cleared else "nothing was stopped")
        return
    sign.set(reason)
    trail.write("stop set", str(sign.path), sign.read())
    print(f"stopped: {sign.read()}. Runs end within seconds; allow new ones with: simulator stop --clear")


def audit(
    last: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many of the latest entries.")] = 50,
) -> None:
    """Show who ran, stopped or undid what, when and from where."""
    entries = audit_trail(SystemClock()).read()
    for entry in entries[-last:]:
        parts = [f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.who, entry.where, entry.deed, entry.what]
        print("  ".join([*parts, *(part for part in (entry.environment, entry.detail) if part)]))
    if not entries:
        print("no audit entries")


def _show(place: Environment) -> int:
    """Print the open faults of a place; returns how many there are."""
    open_faults = OpenFaults(place.state / "open", place.settings.undo)
    number = 0
    for path in open_faults.paths():
        since = "at an unknown time"
        try:
            if (record := open_faults.read(path)) is None:
                continue
            since = f"since {datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d %H:%M:%S} UTC"
            what = f"{record.fault} {record.model_dump(exclude={'fault'})}"
        except (HarnessError, OSError) as error:
            what = str(error)
        print(f"{place.settings.name}: {since}: {what}")
        number += 1
    return number


def _in_each(finds: Iterable[Callable[[], Environment | None]], act: Callable[[Environment], int]) -> int:
    """Act in every place that is there, also when another one fails; returns the sum.

    Raises:
        SimulatorError: that of the only place that failed, or all that went wrong; of those what is left injected counts.
    """
    done, troubles = 0, []
    for find in finds:
        try:
            place = find()
            done += act(place) if place is not None else 0
        except SimulatorError as error:
            troubles.append(error)
    if len(troubles) > 1:
        left = any(isinstance(trouble, LeftInjected) for trouble in troubles)
        raise (LeftInjected if left else StackError)("; ".join(map(str, troubles)))
    for trouble in troubles:
        raise trouble
    return done


async def _undo(place: Environment, inherited: int | None, dead_since: float | None) -> int:
    clock = RunClock(SystemClock())
    trail = audit_trail(clock.clock, place.settings.name)
    open_faults = OpenFaults(place.state / "open", place.settings.undo)
    doors = place.open(clock, UnlinkedWorkload(clock, dead_since), to_undo=True)
    try:
        waits = max(UNDO_WAITS, takes(open_faults, doors))  # a guard that undoes has as long
        async with undo_lock(place.state / "run.lock", clock, _complain, inherited, waits):
            return await sweep(open_faults, doors, print, trail, place.over)
    finally:
        await doors.close()


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
