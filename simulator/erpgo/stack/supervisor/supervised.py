"""One service under supervision: started, watched, restarted, held and stopped."""

import asyncio
import contextlib
import dataclasses
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor import descent, process
from simulator.erpgo.stack.supervisor.protocol import How, ServiceStatus, State
from simulator.erpgo.stack.supervisor.restart import Backoff
from simulator.erpgo.stack.supervisor.service import NotReady, Service
from simulator.erpgo.stack.supervisor.watch import exited

_POLL_S = 0.05
_GONE_WITHIN_S = 5.0
_STOP_WITHIN_S = 5.0
_STEP_WITHIN_S = 30.0


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What one service needs of the supervisor around it."""

    changed: Callable[[str, State], None]
    """Called with the service's name at every change of its state."""
    clear_orphans: Callable[[], Awaitable[None]]
    """Kills and buries what a dead service left behind; returns when it is gone."""


class Supervised:
    """The life of one service. All methods run on the supervisor's event loop, in its main thread."""

    def __init__(self, service: Service, log: Path, surroundings: Surroundings) -> None:
        self.service = service
        self.last_problem = ""
        """What the last failed readiness check or start observed."""
        self._log = log
        self._surroundings = surroundings
        self._state: State = "waiting"
        self._process: subprocess.Popen[bytes] | None = None
        self._step: subprocess.Popen[bytes] | None = None
        self._lock = asyncio.Lock()
        """Holds and releases of one service come one after the other."""
        self._held: How | None = None
        self._stopping = False
        self._ready = False
        self._restarts = 0
        self._wake = asyncio.Event()
        self._started = asyncio.Event()
        self._gone = asyncio.Event()
        self._gone.set()
        self.was_ready = asyncio.Event()
        """Set from the first successful readiness check on."""

    def status(self) -> ServiceStatus:
        return ServiceStatus(
            state=self._state,
            pid=self._process.pid if self._process else None,
            restarts=self._restarts,
            chaos=self.service.chaos,
        )

    @property
    def pids(self) -> set[int]:
        """The processes started here whose exit status has not been collected yet."""
        return {one.pid for one in (self._process, self._step) if one is not None}

    async def prepare(self) -> None:
        """Carry out the steps that come before the first start.

        Raises:
            StackError: one of them failed.
        """
        for step in self.service.prepare:
            program = Path(step.argv[0]).name
            try:
                self._step = process.start_step(self.service, step, self._log)
                code = await self._end_of(self._step)
            except TimeoutError:
                raise StackError(f"{program} did not end within {_STEP_WITHIN_S:g} s") from None
            except OSError as error:
                raise StackError(f"{program} cannot be started: {error}") from error
            if code != 0:
                raise StackError(f"{program} exited with {code}")

    async def _end_of(self, step: "subprocess.Popen[bytes]") -> int:
        try:
            async with asyncio.timeout(_STEP_WITHIN_S):
                await exited(step.pid)
        finally:
            descent.kill(step.pid)  # when late or no longer wanted
            code = step.wait()
            self._step = None
        return code

    async def run(self) -> None:
        """Keep the service running until `stop`, as its restart policy and holds say."""
        backoff = Backoff()
        while not self._stopping:
            began = time.monotonic()
            await self._one_life()
            if self._held is not None:
                await self._until_released()
                backoff = Backoff()
            elif not self._stopping:
                backoff = backoff.after_run(time.monotonic() - began)
                self._enter("backing-off")
                await self._pause(backoff.delay_s)
                self._count_restart()
        self._enter("stopped")

    def _count_restart(self) -> None:
        if not self._stopping:
            self._restarts += 1

    async def hold(self, how: How) -> None:
        """Kill or freeze the whole descent; returns when it is done.

        Raises:
            StackError: the killed process did not go away.
        """
        async with self._lock:
            self._held = how
            self._wake.set()
            if self._process is not None and how == "frozen":
                descent.freeze(self._process.pid)
            elif how == "killed":
                if self._process is not None:
                    descent.kill(self._process.pid)
                await self._until_gone()
            self._enter("held")

    async def release(self) -> None:
        """Undo a hold; returns when the start was issued or the frozen processes were told to go on."""
        async with self._lock:
            if self._held is None or self._stopping:
                return
            self._held = None
            if self._process is not None:
                descent.thaw(self._process.pid)
                self._enter("ready" if self._ready else "starting")
                return
            self._started.clear()
            self._wake.set()
            await self._started.wait()

    async def stop(self) -> None:
        """Ask the service to end, then kill what is left of its descent."""
        self._stopping = True
        self._wake.set()
        if self._process is None:
            return
        root = self._process.pid
        if self._held is None:
            self._process.send_signal(self.service.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), _STOP_WITHIN_S)
        descent.kill(root)
        await self._until_gone()

    async def _one_life(self) -> None:
        self._wake.clear()
        try:
            self._process = process.start(self.service, self._log)
        except OSError as error:
            self.last_problem = f"cannot start {self.service.argv[0]}: {error}"
            return
        finally:
            self._started.set()
        self._gone.clear()
        self._ready = False
        self._enter("starting")
        readiness = asyncio.create_task(self._watch_readiness())
        try:
            await exited(self._process.pid)
        finally:
            readiness.cancel()
            await asyncio.wait([readiness])
        if not readiness.cancelled():
            readiness.result()  # a bug in a check must not go unseen
        descent.kill(self._process.pid)  # by session, and before `wait` gives its pid away
        self.last_problem = f"exited with {self._process.wait()}"
        self._process = None
        await self._surroundings.clear_orphans()
        self._gone.set()

    async def _watch_readiness(self) -> None:
        while True:
            try:
                await self.service.ready()
            except (NotReady, OSError) as error:  # TimeoutError is an OSError
                self.last_problem = str(error) or type(error).__name__
            else:
                break
            await asyncio.sleep(_POLL_S)  # until ready or until the process ends, which cancels this task
        self._ready = True
        self.was_ready.set()
        if self._held is None:
            self._enter("ready")

    async def _until_gone(self) -> None:
        try:
            await asyncio.wait_for(self._gone.wait(), _GONE_WITHIN_S)
        except TimeoutError:
            raise StackError(
                f"service {self.service.name} is still there {_GONE_WITHIN_S:g} s after SIGKILL (pids {sorted(self.pids)}); "
                "it may hang in the kernel, see /proc/PID/stack"
            ) from None

    async def _until_released(self) -> None:
        while self._held is not None and not self._stopping:
            self._wake.clear()
            await self._wake.wait()

    async def _pause(self, delay_s: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), delay_s)
        if self._held is not None:
            await self._until_released()

    def _enter(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._surroundings.changed(self.service.name, state)
