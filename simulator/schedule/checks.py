"""Why a slot may not begin: what is asked before each one, in this order, and what was found is its reason."""

import asyncio
import fcntl
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simulator.base.clock import Clock, RunClock
from simulator.base.errors import SimulatorError, Unsafe
from simulator.engine.openfaults import OpenFaults
from simulator.environments import registry as environments
from simulator.environments.settings import EnvironmentSettings, environment_settings
from simulator.environments.site import own_stack
from simulator.plan.catalogue import catalogue
from simulator.report.words import count
from simulator.safety.runlock import run_lock
from simulator.safety.stopsign import stop_sign
from simulator.schedule.book import FOLDER, Book
from simulator.schedule.children import Children
from simulator.schedule.models import Placed
from simulator.schedule.slots import Slot, closed
from simulator.schedule.words import span

DRY_RUN_WITHIN = 300.0
"""Seconds."""
LOOK_EVERY = 1.0
_LAST_WORDS = 300
"""Characters of what a dry run said last."""
Length = Callable[[Placed], float]
"""How long a schedule's run is likely to take, in seconds."""


@dataclass(frozen=True)
class Checks:
    """What stands between a slot and its run."""

    reports: Path
    clock: Clock
    length: Length
    children: Children
    _taken: dict[str, int] = field(default_factory=dict)
    """The locks, by schedule, on environments that this process runs a slot on, or is about to."""

    def give_back(self, placed: Placed) -> None:
        """Its slot is over."""
        handle = self._taken.pop(placed.schedule.name, None)
        if handle is not None:
            os.close(handle)

    async def refusal(self, placed: Placed, slot: Slot) -> str:
        """Why it may not begin now; empty: it may, and its environment is taken until `give_back`."""
        why = await self._first_reason(placed, slot)
        if why:
            self.give_back(placed)
        return why

    async def _first_reason(self, placed: Placed, slot: Slot) -> str:
        asked: tuple[Callable[[Placed, Slot], Awaitable[str]], ...] = (
            self._stopped,
            self._paused,
            self._closed,
            self._blackout,
            self._busy,
            self._dry_run,
            # Once more: the wait, or the dry run, may have taken long, and somebody may have thought better of it.
            self._stopped,
            self._paused,
            self._closed,
            self._blackout,
            self._late,
            self._ending,
        )
        try:
            for ask in asked:
                if why := await ask(placed, slot):
                    return why
        except SimulatorError as error:
            return str(error)
        except OSError as error:
            return f"{self.reports} cannot be written: {error.strerror}"
        return ""

    async def _stopped(self, _placed: Placed, _slot: Slot) -> str:
        reason = stop_sign().read()
        return f"everything is stopped: {reason}; allow it: simulator stop --clear" if reason else ""

    async def _paused(self, placed: Placed, _slot: Slot) -> str:
        reason = Book(self.reports, placed.schedule.name).paused
        return f"paused: {reason}" if reason else ""

    async def _closed(self, placed: Placed, slot: Slot) -> str:
        return "closed on this day" if closed(placed.schedule, slot) else ""

    async def _blackout(self, placed: Placed, _slot: Slot) -> str:
        seconds = self.length(placed)
        blackout = environment_settings(placed.environment).nets.blackout(self.clock.now(), seconds)
        if blackout is None:
            return ""
        return f"blackout of {blackout.told}, for a run of about {max(1.0, seconds / 60):.0f} min"

    async def _busy(self, placed: Placed, _slot: Slot) -> str:
        """Whether another run holds the environment, or something is left injected there."""
        settings = environment_settings(placed.environment)
        if held := await self._held(settings, placed):
            return held
        place = environments.begun(settings)
        left = OpenFaults(place.state / "open").paths() if place else []
        return f"left injected: {count(len(left), 'fault')}; undo it: {settings.undo}" if left else ""

    async def _held(self, settings: EnvironmentSettings, placed: Placed) -> str:
        """Who else has the environment; waits for them as the schedule says."""
        why = ""

        async def free() -> Literal[True] | None:
            nonlocal why
            why = self._take(settings, placed) or _holder(settings)
            return None if why and not self.children.ending else True

        overlap = placed.schedule.overlap
        within = 0.0 if overlap == "skip" else overlap.wait
        if await RunClock(self.clock).until(free, within=within, every=LOOK_EVERY):
            return ""
        return f"{why} (waited {within:g} s)" if within else why

    def _take(self, settings: EnvironmentSettings, placed: Placed) -> str:
        """Hold the environment against other schedules' slots, of other processes too, until `give_back`."""
        name = placed.schedule.name
        if name in self._taken:
            return ""
        folder = self.reports / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / f"{settings.known_as}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return "a slot of another schedule runs there"
        self._taken[name] = handle
        return ""

    async def _late(self, placed: Placed, slot: Slot) -> str:
        overlap = placed.schedule.overlap
        allowed = placed.schedule.grace + (0.0 if overlap == "skip" else overlap.wait)
        late = self.clock.now().timestamp() - slot.due
        return f"only {span(late)} after its time could it begin" if late > allowed else ""

    async def _ending(self, _placed: Placed, _slot: Slot) -> str:
        return "whoever looks after the schedule was told to end" if self.children.ending else ""

    async def _dry_run(self, placed: Placed, _slot: Slot) -> str:
        if not placed.schedule.dry_run_first or _is_ours_and_down(placed):
            return ""
        process = await asyncio.create_subprocess_exec(
            *command(placed, self.reports),
            "--dry-run",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(DRY_RUN_WITHIN):
                (said, _), _code = await asyncio.gather(process.communicate(), self.children.ended(process))
        except TimeoutError:
            return f"its dry run took longer than {DRY_RUN_WITHIN:g} s"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 0 or self.children.ending:
            return ""
        words = " ".join(said.decode(errors="replace").split())[-_LAST_WORDS:]
        return f"its dry run left with {process.returncode}: {words}"


def command(placed: Placed, reports: Path) -> list[str]:
    """`simulator run`, as it is typed for this schedule."""
    schedule = placed.schedule
    return [
        *(sys.executable, "-m", "simulator.cli", "run", placed.run),
        *("--environment", placed.environment, "--scenarios", str(placed.scenarios)),
        *("--reports", str(reports), "--seed", str(schedule.seed), "--repeat", str(schedule.repeat)),
        *(("--confirm", schedule.confirm) if schedule.confirm else ()),
    ]


def _holder(settings: EnvironmentSettings) -> str:
    """What another run says that holds the lock; empty: none does."""
    place = environments.begun(settings)
    if place is None:
        return ""
    try:
        with run_lock(place.state / "run.lock"):
            return ""
    except Unsafe as error:
        return str(error)


def _is_ours_and_down(placed: Placed) -> bool:
    """A stack that the run itself will start cannot be asked before."""
    stack = own_stack(environment_settings(placed.environment).stack)
    return stack is not None and stack.status() is None


def shortest(placed: Placed) -> float:
    """How long its experiments are watched, in seconds: no run is shorter.

    Raises:
        BadInput: its game day is not known, or a file does not validate.
    """
    _, experiments = catalogue(placed.scenarios).resolve(placed.run)
    return placed.schedule.repeat * sum(one.observe for one in experiments)
