"""The engine's process: started by the Locust plugin, once, with a wire on stdin and stdout."""

import argparse
import asyncio
import contextlib
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import ExitCode, SimulatorError
from simulator.base.protocol import Finished
from simulator.engine.link import Link, claim_stdout
from simulator.engine.session import Options, Session
from simulator.plan.build import Wish
from simulator.safety.nets import nets_named

LAST_WORDS_WITHIN = 5.0
"""Seconds a reader that has stopped reading may keep the engine from leaving."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one game day; returns the exit code."""
    return asyncio.run(_serve(arguments, claim_stdout()))


async def _serve(arguments: Sequence[str] | None, out: BinaryIO) -> int:
    """Run, and whatever happens have the last word on the wire be the exit code."""
    link = Link(out)
    pump = asyncio.create_task(link.pump())
    try:
        finished = await Session(_options(arguments), RunClock(SystemClock()), link).run()
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


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m simulator.engine", description=__doc__)
    parser.add_argument("--gameday", required=True, help="a game day or an experiment")
    parser.add_argument("--environment", default="embedded")
    parser.add_argument("--reports", type=Path, default=Path("reports"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--for", dest="observe", type=float, default=None, help="seconds to watch the quiet")
    parser.add_argument("--run-time", type=float, default=None, help="seconds that Locust will run")
    parser.add_argument("--without", default="", help="nets to do without, by name, separated by commas")
    parser.add_argument("--confirm", default="", help="the name of a production environment, once more")
    given = parser.parse_args(arguments)
    wish = Wish(given.gameday, given.seed, given.repeat, given.observe, without=nets_named(given.without))
    return Options(wish, given.environment, given.reports, given.run_time, given.confirm)


if __name__ == "__main__":
    sys.exit(main())
