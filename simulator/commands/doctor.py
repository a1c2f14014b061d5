"""`simulator doctor`: whether a game day on somebody else's system would prove anything, before there is one."""

import asyncio
from typing import Annotated

import typer

from simulator.attached.doctor.checks import checks_of
from simulator.attached.doctor.examine import Check, examine
from simulator.attached.doctor.finding import Finding, State
from simulator.attached.doctor.patient import Patient
from simulator.attached.settings import AttachedSettings
from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import BadInput, ExitCode
from simulator.environments.settings import environment_settings

WIDTH = 13
"""Of the column that says what was looked at."""


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(doctor)


def doctor(file: Annotated[str, typer.Argument(help="The environment's file.")]) -> None:
    """Check an environment file against the system that it describes, and rehearse; injects nothing. Takes up to a minute.

    What it does besides looking, and says: the canary is sent, and `undo` and `check` of your own faults are run. The exit
    code is 0 when nothing failed, else 2.
    """
    settings = environment_settings(file)
    if not isinstance(settings, AttachedSettings):
        raise BadInput(
            f"doctor is for files with `stack: attached`; {settings.name} is started here, and simulator run --dry-run"
            " checks it"
        )
    failures = asyncio.run(_examined(settings))
    raise typer.Exit(ExitCode.BAD_INPUT if failures else ExitCode.MET)


async def _examined(settings: AttachedSettings) -> int:
    """Tell what is found; returns how many failures there are."""
    checks = checks_of(settings)
    states: list[State] = []
    idle: set[str] = set()
    async for what, found in examine(Patient(settings, RunClock(SystemClock())), checks):
        states.append(found.state)
        if found.state == "--":
            idle.add(what)
        _tell(what, found)
    print(_summary(states.count("FAIL"), checks, idle))
    return states.count("FAIL")


def _tell(what: str, found: Finding) -> None:
    print(f"{found.state:<5} {what:<{WIDTH}} {' '.join(found.text.split())}", flush=True)
    for line in found.more.splitlines():
        print(f"{'':<{WIDTH + 7}}{line}")


def _summary(failures: int, checks: tuple[Check, ...], idle: set[str]) -> str:
    rehearsed = [check.rehearses for check in checks if check.rehearses and check.what not in idle]
    counted = f"{failures or 'no'} {'failure' if failures == 1 else 'failures'}"
    code = ExitCode.BAD_INPUT if failures else ExitCode.MET
    also = f"; rehearsed: {', '.join(rehearsed)}" if rehearsed else ""
    return f"{counted} (exit {code:d}); nothing was injected{also}"
