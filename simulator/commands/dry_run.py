"""`simulator run --dry-run`: everything but the doing."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from simulator import environment as environments
from simulator.clock import RunClock, SystemClock
from simulator.doors.workload import UnlinkedWorkload
from simulator.nets import NETS
from simulator.plan.build import Wish, build_plan
from simulator.plan.models import Plan
from simulator.preflight import check_plan
from simulator.preflight.forecast import Forecast, forecast
from simulator.preflight.nets import check_identity, check_nets, check_place, check_shares


async def dry_run(wish: Wish, environment: str, confirmed: str) -> None:
    """Check all that a run checks before it begins, and print what it would do. Touches nothing.

    Raises:
        SimulatorError: the run would be refused.
    """
    environments.stop_sign().refuse()
    place = environments.resolve(environment)
    clock = RunClock(SystemClock())
    now = clock.clock.now()
    check_place(place.settings, place.hosts, confirmed, wish.without)
    plan = build_plan(wish, place.facts, now)
    check_plan(plan)
    check_nets(plan, now)
    doors = place.open(clock, UnlinkedWorkload(clock))
    try:
        await check_identity(plan, doors)
        await check_shares(plan, [one.name for one in plan.experiments], doors)
        _print(plan, await forecast(plan, doors), place.state)
    finally:
        await doors.close()


def _print(plan: Plan, forecasts: list[Forecast], state: Path) -> None:
    console = Console()
    console.print(
        f"Would run {plan.game_day} on environment {plan.stack.name}: {len(plan.experiments)} experiments in"
        f" {len(plan.waves)} waves, {plan.repeat} times, {plan.lower_bound:.0f} s at least. Nothing was touched."
    )
    for one in forecasts:
        console.print(f"\n[bold]{one.experiment}[/bold]", highlight=False)
        for fault in one.faults:
            settings = ", ".join(f"{name} {value}" for name, value in fault.settings.items())
            inject = f"  inject  {fault.fault} on {fault.target}, for {one.lasts:g} s ({settings})"
            console.print(inject, markup=False)
            console.print(f"  undo    {fault.undo}", markup=False)
        rows = Table(box=None, pad_edge=False, show_header=False)
        for alert in one.alerts:
            worst = "" if alert.worst is None else f"predicted within {alert.worst:.0f} s at worst"
            expected = f"{alert.expect} within {alert.within:g} s{', may clear' if alert.clears else ''}"
            rows.add_row("  expect", alert.alert, alert.severity, expected, worst)
        console.print(rows)
    console.print(
        f"\nUndo, whatever happens: simulator undo --environment {plan.stack.kind} (records in {state}/open)"
    )
    for net, holds in NETS.items():
        if not plan.stack.nets.hold(net):
            console.print(f"[red]without the net {net}[/red]: {holds}")
