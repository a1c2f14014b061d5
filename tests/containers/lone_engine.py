"""An engine without Locust: takes the lock, starts its guard, injects one fault, and then waits to be ended.

`python -m tests.containers.lone_engine ID YAML-FILE`; says `effective` once the fault is shown to bite. A line on
stdin makes it eat memory until the kernel ends it.
"""

import asyncio
import sys
from pathlib import Path

from simulator.base.clock import RunClock, SystemClock
from simulator.base.loader import load
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.guarded import Guarded, Shared, undo_command
from simulator.engine.injection import Injector
from simulator.engine.openfaults import OpenFaults
from simulator.environments.registry import resolve
from simulator.faults import fault_named
from simulator.plan.models import Experiment
from simulator.safety.runlock import run_lock
from tests.fakes.doors import journal_in_memory

EFFECTIVE_WITHIN = 30.0
BITE = 8 * 1024 * 1024
"""Bytes eaten at a time."""


async def main(fault_id: str, file: Path) -> None:
    """Run until ended from outside."""
    settings = load(file, Experiment).faults[0]
    record = fault_named(settings.fault).plan(settings, fault_id)
    environment, clock = resolve("compose"), RunClock(SystemClock())
    with run_lock(environment.state / "run.lock") as lock:
        log = environment.state / "guard.log"
        async with Guarded(undo_command("compose", lock), Shared(2, lock), log, clock, _say, _say):
            doors = environment.open(clock, UnlinkedWorkload(clock))
            injector = Injector(doors, journal_in_memory(clock), OpenFaults(environment.state / "open"))
            async with injector.injected(record, EFFECTIVE_WITHIN):
                print("effective", flush=True)  # noqa: T201  the test waits for it
                await asyncio.to_thread(sys.stdin.readline)
                _eat()


def _eat() -> None:
    eaten = []
    while True:
        eaten.append(b"x" * BITE)


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
