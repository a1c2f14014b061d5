"""The engine is killed at every step of a fault by programs: nothing is left, and nothing comes later."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from simulator.engine.openfaults import OpenFaults
from simulator.engine.undo import sweep
from simulator.safety.audit import AuditTrail
from tests.acts import lone_engine
from tests.acts.lone_engine import ID
from tests.acts.target import Target, doors_to
from tests.checkout import ROOT
from tests.crash.points import INJECTION, MOMENTS
from tests.fakes.engine_copy import EngineCopy

PROGRAMS, LAUNCH = "simulator/doors/programs.py", "simulator/doors/launch.py"
DIES = "import os; os.kill(os.getpid(), 9)"
ITS_ENGINE_DIES = 'note.endswith(".inject") and os.kill(parent, 9)'
BEGUN, DONE = "oever is still at it when its time", "await self._well(name, fault_id, self._launched("
LATE = "sleep 1; touch harm"
"""An injection that, left to itself, harms after its engine is dead."""


class Step(NamedTuple):
    """Where it dies: below the one line of a file that holds `after`."""

    name: str
    path: str
    after: str
    lines: str = DIES


STEPS = (
    *(Step(moment.name, moment.path, moment.line) for moment in MOMENTS if moment.path == INJECTION),
    Step("arm-begun", PROGRAMS, BEGUN, f'if name == "arm":\n    {DIES}'),
    Step("armed", PROGRAMS, DONE, f'if name == "arm":\n    {DIES}'),
    Step("inject-begun", PROGRAMS, BEGUN, f'if name == "inject":\n    {DIES}'),
    Step(
        "inject-runs",
        PROGRAMS,
        BEGUN,
        f'if name == "inject":\n    while "inject" not in (self.folder / "ran").read_text():\n        pass\n    {DIES}',
    ),
    Step("inject-ended", PROGRAMS, DONE, f'if name == "inject":\n    {DIES}'),
    Step("launcher-begins", LAUNCH, "parent, note, program = ", ITS_ENGINE_DIES),
    Step("launcher-is-bound", LAUNCH, "_libc.prctl(_PR_SET_PDEATHSIG, int(", ITS_ENGINE_DIES),
    Step("launcher-has-noted", LAUNCH, "_write(note, json.dumps(", ITS_ENGINE_DIES),
    Step("launcher-is-free", LAUNCH, "_libc.prctl(_PR_SET_PDEATHSIG, 0", ITS_ENGINE_DIES),
)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "target").mkdir()
    return Target(tmp_path / "target")


def run_until_it_dies(target: Target, copy: EngineCopy) -> None:
    """The engine of a copy, in a session of its own."""
    done = subprocess.run(
        [sys.executable, lone_engine.__file__, str(target.folder)],
        env={**os.environ, "PYTHONPATH": f"{copy.root}{os.pathsep}{ROOT}"},
        cwd=target.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


async def assert_nothing_is_left(target: Target) -> None:
    """A sweep without any environment file undoes it; nothing is at work that could harm later."""
    doors = doors_to()
    trail = AuditTrail(target.folder / "audit" / "trail.jsonl", doors.clock.clock, "elsewhere")
    open_faults = OpenFaults(target.folder / "open")
    await sweep(open_faults, doors, lambda _: None, trail)
    assert (target.is_harmed, open_faults.paths(), target.at_work(ID)) == (False, [], [])


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
async def test_nothing_is_left_when_the_engine_dies(target: Target, tmp_path: Path, step: Step) -> None:
    programs = target.programs(arm="true", inject=LATE, timeout="3s")
    (target.folder / "programs.json").write_text(programs.model_dump_json())
    copy = EngineCopy(tmp_path / "copy")
    copy.insert(step.path, step.after, step.lines)
    run_until_it_dies(target, copy)
    await assert_nothing_is_left(target)
