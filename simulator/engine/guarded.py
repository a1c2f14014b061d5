"""The engine's side of its guard: started before anything is injected, kept assured, told goodbye after the undo."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from simulator.base.clock import RunClock
from simulator.base.errors import HarnessError
from simulator.engine import guard

BEAT_EVERY = 0.5
"""Seconds."""
LEASE = 3.0
"""Seconds without a beat after which the engine counts as frozen, and is killed."""
READY_WITHIN = 30.0
"""Seconds for a guard to say that it watches: how fast Python starts on a busy machine."""
LEAVES_WITHIN = 5.0
"""Seconds for a guard to leave after the goodbye; it holds the run lock until then."""
MOST_RESTARTS = 3


def undo_command(environment: str, lock: int) -> list[str]:
    """How a guard undoes, with this interpreter and under the lock that it inherits."""
    module = [sys.executable, "-m", "simulator.cli", "undo"]
    return [*module, "--environment", environment, "--run-lock", str(lock)]


@dataclass(frozen=True)
class Shared:
    """The descriptors that the guard holds as well, and that outlive the engine in it."""

    wire: int
    """The engine's end of the wire to Locust, on which the guard has the last word for an engine that it kills."""
    lock: int
    """The run lock: nobody runs while the guard undoes."""


class Guarded:
    """Inside the block a guard watches this process; a block that is left with everything undone dismisses it.

    `command` is what the guard becomes, and its interpreter the guard's.
    `unguarded` is told, and why, when no guard can be had any more: then the run must end.
    """

    def __init__(
        self,
        command: Sequence[str],
        shared: Shared,
        log: Path,
        clock: RunClock,
        say: Callable[[str], None],
        unguarded: Callable[[str], None],
    ) -> None:
        self._command = list(command)
        self._shared = shared
        self._log = log
        self._clock = clock
        self._say = say
        self._unguarded = unguarded
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._restarts = 0

    @property
    def pid(self) -> int:
        """The guard's process id; 0 when there is none."""
        return self._process.pid if self._process else 0

    async def __aenter__(self) -> Self:
        """Start the guard.

        Raises:
            HarnessError: it cannot be started, so nothing must be injected.
        """
        await self._start()
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye; an end that is neither a result nor an error may have left an undo unfinished: no goodbye."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait({self._beating})
        if error is None or isinstance(error, Exception):
            self._tell(guard.GOODBYE)
            await self._dismiss()

    async def _start(self) -> None:
        try:
            self._spawn()
            if await self._first_word() == guard.READY:
                return
            why = "it ended at once"
        except TimeoutError:
            why = f"it was not ready within {READY_WITHIN:g} s"
        except OSError as error:
            why = f"{self._command[0]}: {error.strerror}"
        await self._dismiss(within=0.0)
        raise HarnessError(
            f"the guard cannot be started: {why}; without it a crash would leave faults injected"
        )

    def _spawn(self) -> None:
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        with theirs:
            engine = os.pidfd_open(os.getpid())
            try:
                self._process = self._popen((theirs.fileno(), engine, self._shared.wire, self._shared.lock))
            finally:
                os.close(engine)

    def _popen(self, handles: tuple[int, ...]) -> subprocess.Popen[bytes]:
        arguments = [*map(str, handles), str(LEASE), str(self._log), *self._command]
        return subprocess.Popen(
            [self._command[0], "-I", "-S", guard.__file__, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=handles,
            start_new_session=True,  # what ends our process group must not end our guard
        )

    async def _first_word(self) -> bytes:
        if self._line is None:
            return b""
        async with asyncio.timeout(READY_WITHIN):
            return await asyncio.get_running_loop().sock_recv(self._line, 1)

    async def _beat(self) -> None:
        while True:
            self._tell(guard.BEAT)
            if self._process is not None and self._process.poll() is not None:
                await self._replace(self._process.returncode)
            await self._clock.sleep(BEAT_EVERY)

    async def _replace(self, code: int) -> None:
        """The guard has died: a new one, or after too many the truth."""
        await self._dismiss()
        self._say(f"the guard is gone ({f'signal {-code}' if code < 0 else f'code {code}'})")
        while self._restarts < MOST_RESTARTS:
            self._restarts += 1
            try:
                await self._start()
            except HarnessError as error:
                self._say(str(error))
            else:
                self._say(f"a new guard watches, process {self.pid}")
                return
        self._unguarded(f"no guard watches any more, after {MOST_RESTARTS} new ones")

    def _tell(self, word: bytes) -> None:
        if self._line is not None:
            try:
                self._line.send(word)
            except OSError:
                return  # a guard that is gone is noticed by its exit

    async def _dismiss(self, within: float = LEAVES_WITHIN) -> None:
        """Let go of the guard once it has left, which is what `within` seconds are for; then it is killed."""
        process, self._process = self._process, None
        if process is not None:
            if await self._clock.until(lambda: _left(process), within=within, every=0.02) is None:
                process.kill()
            process.wait()
        line, self._line = self._line, None
        if line is not None:
            line.close()


async def _left(process: subprocess.Popen[bytes]) -> int | None:
    return process.poll()
