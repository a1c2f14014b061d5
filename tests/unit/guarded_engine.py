"""A tiny engine under a real guard, as a process: `python -m tests.unit.guarded_engine FOLDER [forks]`.

It holds the run lock, tells what happens by lines on stdout, and leaves its block when its stdin ends. Its undo is
`undo_stub.py`. With `forks` a child that was forked keeps everything open, as one of multiprocessing's would.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from simulator.clock import RunClock, SystemClock
from simulator.engine.guarded import Guarded
from simulator.engine.runlock import run_lock

STUB = Path(__file__).with_name("undo_stub.py")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fork() -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
    say(f"forked {child}")


async def serve(folder: Path, *, forks: bool) -> None:
    undo = [sys.executable, "-I", "-S", str(STUB), str(folder), str(os.getpid())]
    with run_lock(folder / "run.lock") as lock:
        guarded = Guarded(undo, lock, folder / "guard.log", RunClock(SystemClock()), say, say)
        async with guarded:
            if forks:
                fork()
            say(f"guarded by {guarded.pid}")
            await asyncio.to_thread(sys.stdin.read)
        say("left")


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), forks="forks" in sys.argv))
