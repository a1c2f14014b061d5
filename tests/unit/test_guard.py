"""The guard with real processes: it undoes after every end but a clean one, and nobody runs meanwhile."""

import asyncio
import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import HarnessError, Unsafe
from simulator.engine.guard import DISK_WITHIN_S, SilentTime, Thread, _thread, starved, threads
from simulator.engine.guarded import LEASE, MOST_RESTARTS, Guarded, Shared
from simulator.safety.runlock import run_lock
from tests.checkout import ROOT

WITHIN = 30.0
"""Seconds for a process to do its next step, on the slowest machine."""
NICEST = 3
"""From here on eight others weigh too little to keep the least of all away for seconds at a time (sched(7))."""


class Engine:
    """A fake engine under a guard. What it injected stays until the test opens the gate of its undo."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.lock = folder / "run.lock"
        os.mkfifo(folder / "gate")
        stderr = (
            closed_terminal() if "hung-up" in options else os.open(folder / "stderr", os.O_CREAT | os.O_RDWR)
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.guarded_engine", str(folder), *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        os.close(stderr)
        self._unread = b""
        self.others: list[int] = []
        """Pidfds of its guard, first of all, and of what else it has started."""
        forked = self.told("forked ") if "forks" in options else ""
        self.meet(int(self.told("guarded by ")))
        if forked:
            self.meet(int(forked))

    def meet(self, pid: int) -> None:
        """Keep hold of a process that it has started."""
        self.others.append(os.pidfd_open(pid))

    def told(self, wanted: str, within: float = WITHIN) -> str:
        """Read its lines until one begins so; returns the rest of that."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + within
        while True:
            line, newline, rest = self._unread.partition(b"\n")
            if newline:
                self._unread = rest
                if line.startswith(wanted.encode()):
                    return line.decode().removeprefix(wanted)
                continue
            left = deadline - time.monotonic()
            assert left > 0, f"never said {wanted!r}; stderr: {self.stderr}"
            if select.select([self.process.stdout], [], [], left)[0]:
                more = os.read(self.process.stdout.fileno(), 4096)
                assert more, f"ended without {wanted!r}; stderr: {self.stderr}"
                self._unread += more

    @property
    def log(self) -> str:
        path = self.folder / "guard.log"
        return path.read_text() if path.exists() else ""

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def leave(self) -> int:
        """Let it end cleanly; its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(WITHIN)

    def is_locked(self) -> bool:
        try:
            with run_lock(self.lock):
                return False
        except Unsafe:
            return True

    def await_undo(self) -> None:
        """Wait until an undo is under way, which then stays so."""
        eventually("the guard became the undo", lambda: "undoing after an engine that is" in self.log)

    def let_undo_end(self) -> None:
        (self.folder / "gate").write_bytes(b"")
        eventually("the run lock is free", lambda: not self.is_locked())
        eventually("the log has it all", lambda: self.log.endswith("undone\n"))

    def close(self) -> None:
        self.process.kill()
        self.process.wait(WITHIN)
        for handle in self.others:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def closed_terminal() -> int:
    """A terminal whose window is gone: writing fails."""
    master, terminal = os.openpty()
    os.close(master)
    return terminal


def eventually(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {WITHIN:g} s: {what}"
        pause.wait(0.02)


Start = Callable[..., Engine]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Start]:
    """Starts fake engines; whatever they have started has ended after the test."""
    started: list[Engine] = []

    def start(*options: str) -> Engine:
        started.append(Engine(tmp_path, *options))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_after_a_goodbye_nothing_is_undone(engine: Start) -> None:
    running = engine()
    assert running.is_locked()
    assert running.leave() == 0, running.stderr
    assert not running.is_locked()
    assert (running.log, running.stderr) == ("", "")


def test_a_killed_engine_is_undone_and_nobody_runs_meanwhile(engine: Start) -> None:
    running = engine()
    running.process.kill()
    running.await_undo()
    with pytest.raises(Unsafe, match=r"another run \(process \d+\) is under way"), run_lock(running.lock):
        pytest.fail("a run must not begin before the undo has ended")
    running.let_undo_end()
    eventually("the terminal has it all", lambda: running.stderr.endswith("undone\n"))
    for told in (running.log, running.stderr):
        assert re.fullmatch(
            r"\S+Z guard: the engine ended without a goodbye; undoing what it left\n"
            r"undoing after an engine that is dead\nundone\n",
            told,
        )


def test_a_frozen_engine_is_killed_before_it_is_undone(engine: Start) -> None:
    running = engine()
    running.process.send_signal(signal.SIGSTOP)
    running.await_undo()
    assert running.process.wait(0) == -signal.SIGKILL
    running.let_undo_end()
    why = f"gave no sign of life for {LEASE:g} s (stopped) and was killed by its guard"
    assert f"the engine {why}; undoing what it left" in running.log
    assert "undoing after an engine that is dead" in running.log
    assert running.told('{"type": "fenced", "reason": ') == f'"{why}"}}'


def test_an_engine_that_hangs_is_killed(engine: Start) -> None:
    running = engine("hangs")
    running.await_undo()
    running.let_undo_end()
    assert "(asleep, or waiting for something) and was killed by its guard" in running.log


def test_the_last_word_waits_for_room_and_the_undo_does_not(engine: Start) -> None:
    """What starved the engine starves Locust too, which then has not read for a while."""
    running = engine("fills")
    running.await_undo()
    running.let_undo_end()
    assert "was killed by its guard" in running.told('{"type": "fenced", "reason": ')


def test_an_engine_that_spins_is_killed(engine: Start) -> None:
    running = engine("spins")
    running.await_undo()
    running.let_undo_end()
    assert "(busy with something else) and was killed by its guard" in running.log


def test_a_starved_engine_is_left_alone(engine: Start) -> None:
    """It stood still for longer than the lease, because others had the processor; then it goes on, and ends well."""
    if os.geteuid() and os.getpriority(os.PRIO_PROCESS, 0) > NICEST:
        pytest.skip(
            f"as nice as this (over {NICEST}), only root can have others starve a process for so long"
        )
    running = engine("starves")
    assert float(running.told("stood still for ", within=150)) > LEASE + 1
    assert running.leave() == 0, running.stderr
    assert running.log == ""


def test_a_forked_child_that_keeps_the_line_open_hides_nothing(engine: Start) -> None:
    running = engine("forks")
    running.process.kill()
    running.await_undo()
    assert "ended without a goodbye" in running.log


def test_the_guard_outlives_its_engines_process_group_and_polite_signals(engine: Start) -> None:
    running = engine()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.pidfd_send_signal(running.others[0], number)
    os.killpg(running.process.pid, signal.SIGKILL)
    running.await_undo()
    running.let_undo_end()


def test_an_undo_ends_and_is_logged_although_the_terminal_was_closed(engine: Start) -> None:
    running = engine("hung-up")
    running.process.kill()
    running.await_undo()
    running.let_undo_end()


def test_a_guard_that_dies_is_replaced(engine: Start) -> None:
    running = engine()
    signal.pidfd_send_signal(running.others[0], signal.SIGKILL)
    assert running.told("the guard is gone ") == "(signal 9)"
    running.meet(int(running.told("a new guard watches, process ")))
    running.process.kill()
    running.await_undo()
    running.let_undo_end()


def test_guards_that_die_again_and_again_are_given_up_aloud(engine: Start) -> None:
    running = engine()
    for _ in range(MOST_RESTARTS):
        signal.pidfd_send_signal(running.others[-1], signal.SIGKILL)
        running.meet(int(running.told("a new guard watches, process ")))
    signal.pidfd_send_signal(running.others[-1], signal.SIGKILL)
    running.told("no guard watches any more")
    assert running.leave() == 0, running.stderr


@pytest.mark.parametrize(
    ("interpreter", "why"),
    [("/nowhere/python", "/nowhere/python: No such file or directory"), ("/bin/false", "it ended at once")],
)
async def test_without_a_guard_nothing_begins(tmp_path: Path, interpreter: str, why: str) -> None:
    clock = RunClock(SystemClock())
    with (
        run_lock(tmp_path / "run.lock") as lock,
        pytest.raises(HarnessError, match=f"the guard cannot be started: {why}; without it a crash"),
    ):
        async with Guarded(
            [interpreter], Shared(2, lock), tmp_path / "guard.log", clock, pytest.fail, pytest.fail
        ):
            pytest.fail("the block must not be entered")


async def test_a_cancelled_block_is_no_clean_end(tmp_path: Path) -> None:
    """Whatever cancelled it may have cut an undo short: then the guard decides, and it kills us."""
    clock = RunClock(SystemClock())
    tells = Guarded([sys.executable], Shared(2, 0), tmp_path / "guard.log", clock, pytest.fail, pytest.fail)
    ours, theirs = socket.socketpair()
    tells._line = ours
    with ours, theirs:
        await tells.__aexit__(asyncio.CancelledError, asyncio.CancelledError(), None)
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)


SLICE = 0.25


def sight(state: str, ran: float = 0.0, queued: float = 0.0) -> Thread:
    return Thread(state, ran, queued)


@pytest.mark.parametrize(
    ("before", "now", "waited"),
    [
        ({1: sight("S")}, {1: sight("S")}, 0.0),
        ({1: sight("R")}, {1: sight("R", ran=SLICE)}, 0.0),
        ({1: sight("R")}, {1: sight("R", ran=0.05)}, 0.2),
        ({1: sight("R")}, {1: sight("S", queued=0.2)}, 0.2),
        ({1: sight("S"), 2: sight("R")}, {1: sight("S"), 2: sight("R")}, SLICE),
        ({1: sight("R"), 2: sight("R")}, {1: sight("T"), 2: sight("R")}, 0.0),
        ({1: sight("S")}, {1: sight("S"), 2: sight("R")}, 0.0),
        ({}, {}, 0.0),
    ],
    ids=[
        "asleep",
        "spinning",
        "preempted",
        "was late",
        "another holds the lock",
        "stopped",
        "new",
        "unknown",
    ],
)
def test_what_the_kernel_tells_of_waiting(
    before: dict[int, Thread], now: dict[int, Thread], waited: float
) -> None:
    assert starved(before, now, SLICE) == pytest.approx(waited)


def test_a_wait_in_the_kernel_is_excused_for_so_long() -> None:
    silent = SilentTime({1: sight("S")})
    for _ in range(int(DISK_WITHIN_S / SLICE)):
        silent.went_on(SLICE, {1: sight("D")})
    assert silent.seconds == 0.0
    for _ in range(int(LEASE / SLICE)):
        silent.went_on(SLICE, {1: sight("D")})
    assert silent.seconds == LEASE
    silent.broken()
    silent.went_on(SLICE, {1: sight("D")})
    assert silent.seconds == 0.0


def test_a_stopped_engine_is_not_excused_by_a_thread_that_waits_for_the_disk() -> None:
    silent = SilentTime({1: sight("S"), 2: sight("D")})
    for _ in range(int(LEASE / SLICE)):
        silent.went_on(SLICE, {1: sight("T"), 2: sight("D")})
    assert (silent.seconds, silent.meanwhile) == (LEASE, "stopped")


@pytest.mark.parametrize(
    ("schedstat", "ran", "queued"), [("0 0 0", 3.5, 0.0), ("2000000000 500000000 7", 2.0, 0.5)]
)
def test_where_waiting_is_not_accounted_for_ticks_tell_a_spinning_engine_from_a_starved_one(
    tmp_path: Path, schedstat: str, ran: float, queued: float
) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    (tmp_path / "stat").write_text(f"7 (a b) R {'0 ' * 10}{3 * ticks} {ticks // 2} 0 0 20 0 1\n")
    (tmp_path / "schedstat").write_text(f"{schedstat}\n")
    assert _thread(str(tmp_path)) == Thread("R", ran, queued)


def test_a_guard_that_overslept_counts_no_more_than_a_slice() -> None:
    silent = SilentTime({1: sight("S")})
    silent.went_on(60.0, {1: sight("S")})
    assert silent.seconds == SLICE


def test_a_process_of_which_nothing_is_known_is_given_no_excuse() -> None:
    assert threads(2**22) == {}
    own = threads(os.getpid())
    assert own[threading.get_native_id()].state == "R"
    assert own[threading.get_native_id()].ran > 0
