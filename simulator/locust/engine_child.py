"""The engine as the plugin's child: started once, spoken to over pipes, its end turned into an exit code."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from gevent import subprocess
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from pydantic import ValidationError

from simulator.base.errors import ExitCode, HarnessError
from simulator.base.protocol import (
    LINE_LIMIT,
    Begin,
    Fenced,
    Finished,
    FromEngine,
    FromPlugin,
    Held,
    Receipt,
    Stop,
    Traffic,
    from_engine,
)
from simulator.base.values import complaint
from simulator.plan.request import RunRequest

STOP_WITHIN = 60.0
"""Seconds for the engine to undo, to see the recovery and to report after it was told to stop."""
HEARD_WITHIN = 30.0
"""Seconds for what was said to arrive, once its process has ended."""
HELD_WITHIN = 150.0
"""Seconds for the engine to take the lock, to start its guard and to undo what an earlier run left."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Ended:
    """How the engine ended."""

    code: int
    """One of `ExitCode`."""
    reason: str


class EngineChild:
    """One engine process.

    `heard` gets every message.
    """

    def __init__(self, command: list[str], heard: Callable[[FromEngine], None], say: Say) -> None:
        self._heard = heard
        self._say = say
        self._finished: Finished | None = None
        self._fenced = ""
        self._writing = BoundedSemaphore(1)
        self._owed: tuple[Receipt, ...] | None = None
        self._held = Event()
        self._held_it = False
        self._over = Event()
        self._ended: Ended | None = None
        # Its own session: Ctrl-C in the terminal reaches Locust alone, which then asks the engine to undo.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise HarnessError("the engine was started without pipes")
        self._to_engine, self._from_engine = self._process.stdin, self._process.stdout
        self._listening = gevent.spawn(self._read)
        gevent.spawn(self._await_end)

    def tell(self, message: FromPlugin) -> None:
        """Send a message; an engine that is gone hears nothing, and `wait` tells how it ended."""
        if isinstance(message, Traffic):
            if self._writing.locked():
                # The engine reads slowly: the next report is worth more than this one late. But no receipt is lost.
                self._owed = _together(self._owed, message.receipts)
                return
            message = message.model_copy(update={"receipts": _together(self._owed, message.receipts)})
            self._owed = None
        line = message.model_dump_json().encode() + b"\n"
        with self._writing:
            try:
                self._to_engine.write(line)
                self._to_engine.flush()
            except (OSError, ValueError):
                return

    def await_hold(self) -> bool:
        """Wait until the stack is its own; False: it was refused, or broke, before that."""
        if not self._held.wait(HELD_WITHIN):
            self.stop(f"it did not hold the stack within {HELD_WITHIN:g} s")
        return self._held_it

    def begin(self) -> None:
        """The workload runs."""
        self.tell(Begin())

    def stop(self, reason: str) -> Ended:
        """Ask it to undo, report and leave; wait until it has."""
        gevent.spawn(self.tell, Stop(reason=reason))
        if not self._over.wait(STOP_WITHIN):
            self._say(f"engine {self._process.pid} did not stop within {STOP_WITHIN:g} s and is killed")
            self._process.kill()
        return self.wait()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    def wait(self) -> Ended:
        """Wait, as long as it takes, until it has ended and its last message was heard."""
        while self._ended is None:
            self._over.wait()
        return self._ended

    def _await_end(self) -> None:
        """Its process's end, and then that of its wire: a guard that hangs must not hide a dead engine."""
        code = self._process.wait()
        self._listening.join(HEARD_WITHIN)
        self._ended = self._end(code)
        self._over.set()
        self._held.set()  # who waits for that waits in vain

    def _read(self) -> None:
        whole = True
        while line := self._from_engine.readline(LINE_LIMIT):
            begins, whole = whole, line.endswith(b"\n")
            if not begins:
                continue  # the rest of a line that was too long
            if not whole and len(line) == LINE_LIMIT:
                self._say(f"engine said more than {LINE_LIMIT} bytes in one line: {line[:200]!r}")
                continue
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = from_engine.validate_json(line)
        except ValidationError as error:
            self._say(f"engine said something unknown: {line[:200]!r} ({complaint(error)})")
            return
        match message:
            case Finished():
                self._finished = message
            case Fenced():
                self._fenced = message.reason
            case Held():
                self._held_it = True
                self._held.set()
            case _:
                pass
        self._heard(message)

    def _end(self, code: int) -> Ended:
        known = {each.value for each in ExitCode}
        # Without its last word only argparse's own code means something: Python ends with 1 on any crash.
        if code in known and (self._finished is not None or code == ExitCode.BAD_INPUT):
            return Ended(code, "the engine finished")
        if self._fenced:
            return Ended(ExitCode.HARNESS, f"the engine {self._fenced}")
        how = f"signal {-code}" if code < 0 else f"code {code}"
        return Ended(ExitCode.HARNESS, f"the engine ended by {how} without a verdict")


def engine_command(module: str, request: RunRequest) -> list[str]:
    """How to start an engine with this interpreter."""
    return [sys.executable, "-m", module, request.text()]


def _together(one: tuple[Receipt, ...] | None, two: tuple[Receipt, ...] | None) -> tuple[Receipt, ...] | None:
    """All receipts; None where nobody keeps any."""
    return two if one is None else (*one, *(two or ()))
