"""The engine's process: started by the Locust plugin, once, with a wire on stdin and stdout."""

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Sequence
from typing import BinaryIO

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import BadInput, ExitCode, SimulatorError
from simulator.base.protocol import Finished
from simulator.engine.link import Link, claim_stdout
from simulator.engine.session import Session
from simulator.plan.request import RunRequest

LAST_WORDS_WITHIN = 5.0
"""Seconds a reader that has stopped reading may keep the engine from leaving."""


def main() -> int:
    """Run one game day; returns the exit code."""
    return asyncio.run(_serve(sys.argv[1:], claim_stdout()))


async def _serve(arguments: Sequence[str], out: BinaryIO) -> int:
    """Run, and whatever happens have the last word on the wire be the exit code."""
    link = Link(out)
    pump = asyncio.create_task(link.pump())
    try:
        finished = await Session(_request(arguments), RunClock(SystemClock()), link).run()
    except SimulatorError as error:
        finished = Finished(code=error.exit_code, report="", error=str(error))
        with contextlib.suppress(OSError):  # stderr may lie on the disk that is full
            print(f"error: {error}", file=sys.stderr)  # noqa: T201  stderr is this process's log
    except Exception:  # noqa: BLE001  the outermost frame: Python's own exit code 1 would read as "breached"
        finished = Finished(
            code=ExitCode.HARNESS, report="", error="the engine broke; its log has the traceback"
        )
        with contextlib.suppress(OSError):  # as above
            traceback.print_exc()
    link.say(finished)
    link.finish()
    await asyncio.wait({pump}, timeout=LAST_WORDS_WITHIN)
    return finished.code


def _request(arguments: Sequence[str]) -> RunRequest:
    if len(arguments) != 1:
        raise BadInput(
            "the engine takes one argument: what is asked for, as JSON; people type: simulator run"
        )
    return RunRequest.read(arguments[0])


if __name__ == "__main__":
    sys.exit(main())
