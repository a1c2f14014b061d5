"""`simulator run --dry-run`: everything but the doing."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.base.clock import RunClock, SystemClock
from simulator.doors import Doors
from simulator.doors.workload import UnlinkedWorkload
from simulator.environments import registry as environments
from simulator.environments.contract import surroundings
from simulator.environments.settings import before_a_run
from simulator.environments.site import own_stack
from simulator.plan.build import build_plan
from simulator.plan.models import Experiment, Plan
from simulator.plan.request import RunRequest
from simulator.plan.rules import read_rules
from simulator.preflight import check_plan, refusal
from simulator.preflight.forecast import Forecast, forecast
from simulator.preflight.loaded import Loaded, ask_for
from simulator.preflight.nets import (
    check_identity,
    check_nets,
    check_place,
    check_shares,
    conditions_blind_now,
)
from simulator.preflight.objections import doubts, objections, time_of, unfireable_by_file
from simulator.preflight.panels import blank_panels
from simulator.preflight.reach import check_reach
from simulator.safety.nets import NETS
from simulator.safety.stopsign import stop_sign


async def dry_run(request: RunRequest) -> None:
    """Check all that a run checks before it begins, and print what it would do. Touches nothing.

    Raises:
        SimulatorError: the run would be refused.
    """
    stop_sign().refuse()
    place = environments.resolve(request.environment)
    clock = RunClock(SystemClock())
    now = clock.clock.now()
    check_place(place.settings, place.hosts, request.confirm, request.without)
    plan = build_plan(request, surroundings(place), now)
    check_plan(plan)
    check_nets(plan, now)
    doors = place.open(clock, UnlinkedWorkload(clock))
    try:
        with before_a_run(place.settings):
            await _check_and_print(plan, doors, now, place.state)
    finally:
        await doors.close()


async def _check_and_print(plan: Plan, doors: Doors, now: datetime, state: Path) -> None:
    """What is asked there, and what is to be said of it; raises as `dry_run`, and DoorError."""
    await check_identity(plan, doors)
    names = [one.name for one in plan.experiments]
    await check_shares(plan, names, doors)
    await check_reach(plan, names, doors)
    loaded = await Loaded.ask(doors, plan.stack.judged)
    asked, during = await ask_for(plan, loaded, doors), time_of(plan, now)
    against = [*objections(asked, loaded, during), *await blank_panels(plan, doors)]
    if against:
        raise refusal(against)
    _print(plan, await forecast(plan, asked, loaded, doors), state)
    _warn([*doubts(plan, asked, loaded, during), *await conditions_blind_now(plan, doors)])


def check_without_a_stack(experiments: Iterable[Experiment], kind: str) -> None:
    """Hold what is expected against the rules that a stack would load, where none runs that could be asked.

    Raises:
        BadInput: an expected alert is in no rule, or has another severity there.
    """
    stack = own_stack(kind)
    rules = stack.would_load() if stack else None
    against = unfireable_by_file(experiments, read_rules(rules)) if rules else []
    if against:
        raise refusal(against)


def _warn(lines: list[str]) -> None:
    for line in lines:
        Console().print(Text(f"warning: {line}", style="yellow"), soft_wrap=True)


def _print(plan: Plan, forecasts: list[Forecast], state: Path) -> None:
    _say(
        f"Would run {plan.game_day} on environment {plan.stack.name}: {len(plan.experiments)} experiments in"
        f" {len(plan.waves)} waves, {plan.repeat} times, {plan.lower_bound:.0f} s at least. Nothing was touched."
    )
    for one in forecasts:
        _say(f"\n{one.experiment}", "bold")
        for fault in one.faults:
            settings = ", ".join(f"{name} {value}" for name, value in fault.settings.items())
            _say(f"  inject  {fault.fault} on {fault.target}, for {one.lasts:g} s ({settings})")
            _say(f"  undo    {fault.undo}")
        rows = Table(box=None, pad_edge=False, show_header=False)
        for alert in one.alerts:
            worst = "" if alert.worst is None else f"predicted within {alert.worst:.0f} s at worst"
            expected = f"{alert.expect} within {alert.within:g} s{', may clear' if alert.clears else ''}"
            rows.add_row(*map(Text, ("  expect", alert.alert, alert.severity, expected, worst)))
        Console().print(rows)
    _say(f"\nUndo, whatever happens: {plan.stack.undo} (records in {state}/open)")
    for net, holds in NETS.items():
        if not plan.stack.nets.hold(net):
            _say(f"without the net {net}: {holds}", "red")


def _say(text: str, style: str = "") -> None:
    """What others wrote, such as a label's value, may look like markup."""
    Console().print(Text(text, style=style))
