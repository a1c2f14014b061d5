"""The engine is killed, or freezes, while each fault bites: its guard undoes everything, and Locust says so."""

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.engine.openfaults import OpenFaults
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from tests.checkout import ROOT
from tests.crash.lab import is_gone
from tests.crash.points import DEATHS, Death
from tests.e2e.conftest import GameDayProcess
from tests.fakes.engine_copy import hasty_engine
from tests.stack.waiting import eventually
from tests.starved import reasons

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

TRIES = 3
"""Game days until the faults of one bite, on a machine that is too busy to measure."""
AT_WORK_WITHIN = {signal.SIGKILL: 5.0, signal.SIGSTOP: 8.0}
"""Seconds from the engine's end until the guard must be at work. Frozen it has 3 s to wake up."""
GONE_WITHIN = 25.0
"""Seconds more until the fault is gone, beside two gates and on two cores; the crash points hold a killed engine to five."""
CONFIRMED_WITHIN = 30.0
"""Seconds more until the guard's undo says so: how fast Python starts on a busy machine is measured, not promised."""


class Scene:
    """A game day whose fault bites."""

    def __init__(
        self, stack: StackInfo, start: Callable[..., GameDayProcess], folder: Path, death: Death
    ) -> None:
        experiment = folder / "dies.yaml"
        faults_ = "".join(f"  - {{{fault}}}\n" for fault in death.faults)
        experiment.write_text(f"title: The engine dies\neffective_within: 60s\nfaults:\n{faults_}")
        self.open_faults = OpenFaults(stack.folder / "open")
        # The faults are what matters here; without the gates no alert of the death before is waited for.
        root = hasty_engine(folder / "copy").root
        for _ in range(TRIES):
            self.running = start(str(experiment), root=root)
            if self.running.shows(lambda fact: fact.kind == "observation_started"):
                break
            # On a drowned machine a door takes too long to answer, or a fault to bite: once more. What never bites fails below.
            verdict = self.running.verdict()
            assert (verdict.outcome, verdict.left_injected) == ("inconclusive", ()), self.running.log()
            print(f"{death}: did not bite: {'; '.join(reasons(verdict))}", file=sys.__stderr__)
        self.records = self.open_faults.all()
        assert len(self.records) == len(death.faults)
        self.guard_log = Log(stack.folder / "guard.log")

    def end(self, how: signal.Signals) -> None:
        """End its engine; returns once the fault is gone, and the guard has confirmed it."""
        deadline = time.monotonic() + AT_WORK_WITHIN[how]
        os.kill(self.running.engine, how)
        await_true(lambda: "; undoing what it left" in self.guard_log.new(), deadline)
        await_true(lambda: is_gone(self.records), deadline + GONE_WITHIN)
        await_true(lambda: not self.open_faults.paths(), deadline + CONFIRMED_WITHIN)


def await_true(condition: Callable[[], bool], deadline: float) -> None:
    """Look until it is so, at the latest at the deadline (monotonic seconds)."""
    eventually("it is so", condition, deadline - time.monotonic())


class Log:
    """What a file that is only appended to gets from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = len(self._all())

    def new(self) -> str:
        return self._all()[self._before :]

    def _all(self) -> str:
        return self._path.read_text() if self._path.exists() else ""


@pytest.mark.parametrize("death", DEATHS, ids=str)
def test_a_killed_engine_is_undone_by_its_guard(
    stack: StackInfo, game_day: Callable[..., GameDayProcess], tmp_path: Path, death: Death
) -> None:
    scene = Scene(stack, game_day, tmp_path, death)
    scene.end(signal.SIGKILL)
    assert_locust_knows(scene, "the engine ended by signal 9 without a verdict")
    assert "the engine ended without a goodbye" in scene.guard_log.new()


def test_a_frozen_engine_is_killed_and_undone_by_its_guard(
    stack: StackInfo, game_day: Callable[..., GameDayProcess], tmp_path: Path
) -> None:
    scene = Scene(stack, game_day, tmp_path, DEATHS[0])
    scene.end(signal.SIGSTOP)
    why = "the engine gave no sign of life for 3 s (stopped) and was killed by its guard"
    assert_locust_knows(scene, why)
    assert why in scene.guard_log.new()


def assert_locust_knows(scene: Scene, why: str) -> None:
    """Locust has seen to it that all is undone: the tool broke, nothing is left, and nothing more is to do."""
    assert scene.running.wait(120) == ExitCode.HARNESS, scene.running.log()
    said = scene.running.log()
    assert f"{why}; undoing what it had injected: " in said
    assert "everything was undone" in said
    for record in scene.records:
        confirmed = functools.partial(is_said, scene.guard_log, f"undone: {record.fault} {record.id}")
        await_true(confirmed, time.monotonic() + 10)
    undone = undo()
    assert (undone.returncode, undone.stdout, undone.stderr) == (0, "nothing is injected\n", "")


def is_said(log: "Log", text: str) -> bool:
    return text in log.new()


def undo() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulator.cli", "undo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
