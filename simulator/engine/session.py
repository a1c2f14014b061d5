"""One run from its options to its report: lock, guard, sweep, wait for traffic, run, judge, report."""

import asyncio
import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from simulator.base.clock import RunClock
from simulator.base.errors import BadInput, HarnessError, SimulatorError
from simulator.base.files import make_folder, remove_empty
from simulator.base.protocol import (
    Begin,
    Finished,
    FromPlugin,
    Generators,
    Held,
    Progress,
    Stop,
    Switched,
    Traffic,
)
from simulator.doors import Doors
from simulator.doors.workload import LinkedWorkload, UnlinkedWorkload
from simulator.engine.announce import Announcer
from simulator.engine.earlier import earlier_runs
from simulator.engine.gameday import GameDay
from simulator.engine.guarded import Guarded, Shared, undo_command
from simulator.engine.injection import Injector
from simulator.engine.link import Link
from simulator.engine.openfaults import OpenFaults
from simulator.engine.provenance import provenance
from simulator.engine.undo import sweep
from simulator.engine.watch import Watch
from simulator.environments.contract import Environment, holding, surroundings
from simulator.environments.registry import resolve
from simulator.environments.system import System
from simulator.journal.facts import AnyFact, Planned, RunEnded, RunStarted
from simulator.journal.file import JOURNAL, Journal
from simulator.journal.fitness import GeneratorsChanged, TrafficSeen
from simulator.journal.packed import journal_in, pack
from simulator.journal.reading import read_run
from simulator.judge import judge
from simulator.judge.sealed import sealed
from simulator.observers import Scene
from simulator.plan.build import build_plan
from simulator.plan.models import Plan
from simulator.plan.request import RunRequest
from simulator.preflight import check_plan
from simulator.preflight.nets import check_nets, check_place
from simulator.report import ending, write_reports, write_summary
from simulator.safety.audit import AuditTrail, Deed, audit_trail
from simulator.safety.runlock import run_lock
from simulator.safety.stopsign import stop_sign

CANCEL_AGAIN_EVERY = 1.0
"""Seconds."""
HEED_EVERY = 1.0
"""Seconds between two looks at the stop sign."""
TRAFFIC_WITHIN = 120.0
"""Seconds for Locust to have all its users running."""
MOST_OF_A_SECOND = 20
"""Runs that may share a second, and so a name but for a number."""


class Session:
    """The life of one engine process."""

    def __init__(self, request: RunRequest, clock: RunClock, link: Link) -> None:
        self._request = request
        self._clock = clock
        self._link = link
        self._workload = LinkedWorkload(link.say, clock)
        self._journal: Journal | None = None
        self._begun = asyncio.Event()
        self._stopped = asyncio.Event()
        self._why_stopped = ""
        self._sign = stop_sign()

    async def run(self) -> Finished:
        """All of it.

        Raises:
            SimulatorError: the run could not begin. Once it has begun, its end is in the report.
        """
        environment = resolve(self._request.environment)
        audit = audit_trail(self._clock.clock, environment.settings.name)
        deed: Deed = "run refused"
        what = self._request.gameday
        try:
            plan = self._plan(environment)
            self._sign.refuse()
            # Up to here nothing was written: whoever is refused leaves no trace but a line of the audit trail.
            with (
                run_lock(environment.state / "run.lock") as lock,
                _new_folder(self._request.reports, plan) as at,
            ):
                plan = plan.model_copy(update={"run": at.name})
                audit.write("run began", plan.run)
                deed, what = "run ended", plan.run
                finished = await self._run(environment, lock, plan, at, audit)
        except SimulatorError as error:
            with contextlib.suppress(HarnessError):
                audit.write(deed, what, str(error))
            raise
        with contextlib.suppress(HarnessError):  # what was seen is worth more than this line
            audit.write("run ended", plan.run, f"exit code {finished.code} {self._why_stopped}".strip())
        return finished

    async def _run(
        self, environment: Environment, lock: int, plan: Plan, folder: Path, audit: AuditTrail
    ) -> Finished:
        with self._listening():
            async with self._guard(environment, lock):
                open_faults = OpenFaults(environment.state / "open", environment.settings.undo)
                await self._sweep(environment, open_faults, audit)
                self._link.say(Held(known_as=environment.settings.known_as))
                doors = environment.open(self._clock, self._workload)
                try:
                    async with holding(environment, doors, plan.run):
                        ended = await self._record(plan, folder, doors, open_faults, environment.system)
                finally:
                    await doors.close()
            # Unguarded: nothing is injected any more, and a long journal's report keeps the loop from beating.
            return self._report(ended, folder)

    def _guard(self, environment: Environment, lock: int) -> Guarded:
        # By a name for which no file is needed: that may be another one by then.
        command = undo_command(environment.settings.known_as, lock)
        log = environment.state / "guard.log"
        return Guarded(command, Shared(self._link.wire, lock), log, self._clock, self._say, self._unguarded)

    def _plan(self, environment: Environment) -> Plan:
        now = self._clock.clock.now()
        request = self._request
        check_place(environment.settings, environment.hosts, request.confirm, request.without)
        plan = build_plan(request, surroundings(environment), now)
        plan = plan.model_copy(update={"provenance": provenance(request)})
        check_plan(plan)
        check_nets(plan, now)
        if request.run_time is not None and request.run_time < plan.lower_bound:
            raise BadInput(
                f"--run-time {request.run_time:g} s is shorter than the plan,"
                f" which takes {plan.lower_bound:.0f} s at least;"
                " leave --run-time out: Locust ends with the game day"
            )
        return plan

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Hear the plugin and the signals, both of which may ask for an early end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, f"signal {signal.Signals(number).name}")
        loop.add_signal_handler(signal.SIGUSR1, self._set_the_sign)
        heeding = asyncio.create_task(self._heed())
        hearing = asyncio.create_task(self._link.hear(self._heard))
        hearing.add_done_callback(self._deaf)
        try:
            yield
        finally:
            hearing.cancel()
            heeding.cancel()

    def _set_the_sign(self) -> None:
        self._sign.set("signal SIGUSR1")
        with contextlib.suppress(HarnessError):  # that everything stops is what matters
            audit_trail(self._clock.clock).write("stop set", str(self._sign.path), self._sign.read())

    async def _heed(self) -> None:
        """Stop once the stop sign is set."""
        while not (reason := self._sign.read()):
            await self._clock.sleep(HEED_EVERY)
        self._stop(f"stopped: {reason}")

    def _deaf(self, hearing: "asyncio.Task[None]") -> None:
        """Nothing more will be heard: Locust is gone, or what it said could not be written down."""
        error = None if hearing.cancelled() else hearing.exception()
        self._workload.gone()
        self._stop(str(error) if error else "Locust is gone")

    def _heard(self, message: FromPlugin) -> None:
        match message:
            case Begin():
                self._begun.set()
            case Stop():
                self._stop(message.reason)
            case Switched():
                self._workload.heard(message)
            case Generators():
                if self._journal is not None:
                    self._journal.write(GeneratorsChanged(**message.model_dump(exclude={"type"})))
            case Traffic():
                self._workload.heard(message)
                if self._journal is not None:
                    self._journal.write(
                        TrafficSeen(**message.model_dump(exclude={"type", "switches", "receipts"}))
                    )

    def _stop(self, why: str) -> None:
        self._why_stopped = self._why_stopped or why
        self._stopped.set()

    async def _sweep(self, environment: Environment, open_faults: OpenFaults, audit: AuditTrail) -> None:
        """Undo what a dead engine left, before anything else."""
        doors = environment.open(self._clock, UnlinkedWorkload(self._clock), to_undo=True)
        try:
            await sweep(open_faults, doors, self._say, audit)
        finally:
            await doors.close()

    async def _record(
        self, plan: Plan, folder: Path, doors: Doors, open_faults: OpenFaults, system: System
    ) -> RunEnded:
        """Run; returns how it ended, which the disk may not have taken."""
        file = _new_journal(folder / JOURNAL)
        try:
            journal = Journal(file, self._clock, Announcer(self._link.say))
            journal.write(Planned(plan=plan))
            journal.write(RunStarted(epoch=self._clock.epoch))
            before = await earlier_runs(plan, self._request.reports)
            if before is not None:
                journal.write(before)
            self._journal = journal
            watch = Watch(Scene(plan, doors), journal)
            injector = Injector(
                doors, journal, open_faults, watch.stop_if_unsafe, plan.policy.positive_checks
            )
            ended = await self._until_ended(GameDay(plan, doors, journal, injector, watch, system))
            with contextlib.suppress(HarnessError):  # a journal that cannot be written
                await injector.undo_left()
            ended = ended.model_copy(update={"left_injected": tuple(injector.left)})
            self._journal = None
            with contextlib.suppress(HarnessError):
                journal.write(ended)
                journal.close()
        finally:
            with contextlib.suppress(OSError):  # what a full disk did not take fails here once more
                file.close()
        return ended

    async def _until_ended(self, game_day: GameDay) -> RunEnded:
        """Run until it is done or told to stop; in the latter case everything is undone before this returns."""
        stopped = asyncio.create_task(self._stopped.wait())
        if not await self._traffic_begins(stopped):
            return RunEnded(status="interrupted", reason=self._why_stopped or "traffic did not begin")
        run = asyncio.create_task(game_day.run())
        await asyncio.wait({run, stopped}, return_when=asyncio.FIRST_COMPLETED)
        while not run.done():
            # Again and again: `asyncio.wait_for` loses a cancellation that meets its completion (Python 3.11).
            run.cancel()
            await asyncio.wait({run}, timeout=CANCEL_AGAIN_EVERY)
        stopped.cancel()
        try:
            return run.result()
        except asyncio.CancelledError:
            return RunEnded(status="interrupted", reason=self._why_stopped)
        except HarnessError as error:
            return RunEnded(status="failed", reason=str(error))
        except Exception as error:  # noqa: BLE001  a bug must not cost the report of what was seen
            traceback.print_exc()
            return RunEnded(status="failed", reason=f"{type(error).__name__}: {error}")

    async def _traffic_begins(self, stopped: "asyncio.Task[bool]") -> bool:
        begun = asyncio.create_task(self._begun.wait())
        await asyncio.wait({begun, stopped}, timeout=TRAFFIC_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        return self._begun.is_set() and not self._stopped.is_set()

    def _report(self, ended: RunEnded, folder: Path) -> Finished:
        """Judge what the disk took, and write."""
        verdict = sealed(judge(_ended(read_run(folder), ended)), journal_in(folder))
        reports = write_reports(verdict, folder)
        with contextlib.suppress(OSError):  # a full disk: it stays as it is
            pack(folder)
        if self._request.summary:
            try:
                write_summary(verdict, Path(self._request.summary))
            except HarnessError as error:  # the reports are there
                self._say(str(error))
        page = next((report for report in reports if report.suffix == ".html"), folder)
        # A folder may have any bytes for a name; the wire and the terminal take UTF-8.
        path = os.fsencode(page).decode(errors="backslashreplace")
        return Finished(code=verdict.exit_code, report=path, summary=ending(verdict))

    def _unguarded(self, why: str) -> None:
        self._say(why)
        self._stop(why)

    def _say(self, text: str) -> None:
        self._link.say(Progress(at=self._clock.elapsed(), experiment="", text=text))
        with contextlib.suppress(OSError):  # a terminal that was closed
            print(text, file=sys.stderr)  # noqa: T201  also for whoever reads the engine's log


def _ended(facts: Iterable[AnyFact], ended: RunEnded) -> Iterator[AnyFact]:
    """The facts, and how the run ended where the disk did not take it."""
    fact: AnyFact | None = None
    for fact in facts:
        yield fact
    if not isinstance(fact, RunEnded):
        yield ended


def _new_journal(path: Path) -> TextIO:
    """The journal's file.

    Raises:
        HarnessError: it cannot be made.
    """
    try:
        return path.open("x", encoding="utf-8")
    except OSError as error:
        raise HarnessError(f"the journal {path} cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def _new_folder(reports: Path, plan: Plan) -> Iterator[Path]:
    """A new folder for the run's output; it goes again when nothing was put into it.

    Its name is the run's. Two stacks may begin one in the same second, and a clock may be set back: then it is counted.

    Raises:
        BadInput: it cannot be made.
    """
    names = [plan.run, *(f"{plan.run}-{number}" for number in range(2, MOST_OF_A_SECOND + 1))]
    made = next((folders for name in names if (folders := _made(reports / name))), None)
    if made is None:
        raise BadInput(f"{reports / plan.run} and {MOST_OF_A_SECOND - 1} more exist; choose other --reports")
    try:
        yield made[0]
    finally:
        remove_empty(made)


def _made(path: Path) -> list[Path]:
    """The folder, and those above it that were missing; none when it exists."""
    try:
        return make_folder(path)
    except FileExistsError:
        return []
    except OSError as error:
        raise BadInput(f"the report's folder {path} cannot be made: {error.strerror}") from None
