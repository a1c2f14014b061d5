"""A tiny engine under a real guard, as a process: `python -m tests.unit.guarded_engine FOLDER [HOW]`.

It holds the run lock, tells what happens by lines on stdout, and leaves its block when its stdin ends. Its undo is
`undo_stub.py`. With `forks` a child that was forked keeps everything open, as one of multiprocessing's would. With
`hangs` its loop waits for good, with `fills` as well, and nobody has read what it has said; with `spins` it does nothing
but count, with `starves` others take the processor for longer than the guard's patience.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from simulator.base.clock import RunClock, SystemClock
from simulator.engine.guarded import LEASE, Guarded, Shared
from simulator.safety.runlock import run_lock

STUB = Path(__file__).with_name("undo_stub.py")
PATIENCE = LEASE + 1
"""Seconds without a processor: longer than the guard waits for a sign of life."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fork() -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
    say(f"forked {child}")


GREEDY = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
parent, until = os.getppid(), time.monotonic() + 10
while os.getppid() == parent and time.monotonic() < until:
    pass
"""
ROUNDS = 10
"""How often the greedy are started anew: they end by themselves, so that nobody else is starved for long."""


async def starve() -> float:
    """Share a processor with greedy processes, as the least of all; returns for how long it was not to be had."""
    processor = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {processor})
    stood = 0.0
    for _ in range(ROUNDS):
        stood = max(stood, await _starve_once(processor))
        if stood > PATIENCE:
            break
    return stood


def greedy(processor: int) -> "list[subprocess.Popen[bytes]]":
    """Eight processes that want all of it."""
    others = [subprocess.Popen([sys.executable, "-c", GREEDY, str(processor)]) for _ in range(8)]
    with contextlib.suppress(
        PermissionError
    ):  # how long the least of all waits grows with the weight of the others
        for other in others:
            os.setpriority(os.PRIO_PROCESS, other.pid, 0)
    return others


async def _starve_once(processor: int) -> float:
    others = greedy(processor)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    stood = 0.0
    try:
        while stood < PATIENCE and any(other.poll() is None for other in others):
            last = time.monotonic()
            await asyncio.sleep(0)
            stood = max(stood, time.monotonic() - last)
    finally:
        for other in others:
            other.kill()
            other.wait()
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return stood


def fill(wire: int) -> None:
    """Say as much as goes in."""
    os.set_blocking(wire, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(wire, b"\n")


async def serve(folder: Path, how: str) -> None:
    undo = [sys.executable, "-I", "-S", str(STUB), str(folder), str(os.getpid())]
    with run_lock(folder / "run.lock") as lock:
        shared = Shared(os.dup(1), lock)
        guarded = Guarded(undo, shared, folder / "guard.log", RunClock(SystemClock()), say, say)
        async with guarded:
            if how == "forks":
                fork()
            say(f"guarded by {guarded.pid}")
            match how:
                case "hangs":
                    signal.pause()
                case "fills":
                    fill(shared.wire)
                    signal.pause()
                case "spins":
                    while True:
                        pass
                case "starves":
                    say(f"stood still for {await starve()}")
                case _:
                    pass
            await asyncio.to_thread(sys.stdin.read)
        say("left")


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
