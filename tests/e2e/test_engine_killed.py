"""SIGKILL of the engine while each fault bites: everything is undone, by leases at once or by `simulator undo`."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.clock import RunClock, SystemClock
from simulator.doors import Doors
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.openfaults import OpenFaults
from simulator.environment import resolve
from simulator.errors import DoorError, ExitCode
from simulator.faults import FaultRecord, fault_named, faults
from simulator.plan.build import ROOT
from stack.supervisor.protocol import StackInfo
from tests.e2e.conftest import GameDayProcess, await_some

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

GONE_WITHIN = 5.0
"""Seconds from the engine's death until its fault must be gone by itself."""


@dataclass(frozen=True)
class Death:
    """A fault to be injected when the engine dies, and its settings."""

    fault: str
    settings: str = ""


DEATHS = [
    Death("service-kill", "service: api"),
    Death("service-hang", "service: postgres"),
    Death("db-pool-exhaust"),
    Death("cache-flood"),
    # So slow that no alert fires: one would keep the next test waiting for two minutes.
    Death("workload", "switch: credential-stuffing, settings: {rate: 1}, events_per_second: 0.5"),
]


def test_no_fault_is_forgotten() -> None:
    assert {death.fault for death in DEATHS} == set(faults())


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.fault)
def test_a_killed_engine_leaves_nothing(
    stack: StackInfo, game_day: Callable[[str], GameDayProcess], tmp_path: Path, death: Death
) -> None:
    experiment = tmp_path / "killed.yaml"
    settings = f", {death.settings}" if death.settings else ""
    experiment.write_text(f"title: The engine dies\nfaults: [{{fault: {death.fault}{settings}}}]\n")
    running = game_day(str(experiment))
    running.await_fact(lambda fact: fact.kind == "observation_started")
    records = OpenFaults(stack.folder / "open").all()
    assert [record.fault for record in records] == [death.fault]

    os.kill(running.engine, signal.SIGKILL)
    await_some(lambda: True if is_gone(records[0]) else None, GONE_WITHIN)
    assert running.wait(60) == ExitCode.LEFT_INJECTED, running.log()

    # The fault is gone, but nobody has confirmed that: Locust says so with its exit code, and the record stays.
    assert OpenFaults(stack.folder / "open").all() == records
    undone = undo()
    assert (undone.returncode, undone.stderr) == (0, "")
    assert f"undone: {death.fault} {records[0].id}" in undone.stdout
    assert OpenFaults(stack.folder / "open").all() == []
    assert undo().stdout == "nothing is injected\n"


def is_gone(record: FaultRecord) -> bool:
    """The fault's own check, from another process than the one that injected it."""

    async def look() -> bool:
        clock = RunClock(SystemClock())
        doors: Doors = resolve("embedded").open(clock, UnlinkedWorkload(clock))
        try:
            return (await fault_named(record.fault).is_undone(record, doors)).ok
        except DoorError:
            return False
        finally:
            await doors.close()

    return asyncio.run(look())


def undo() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulator.cli", "undo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
