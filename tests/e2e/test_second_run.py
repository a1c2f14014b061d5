"""A second run on a stack that has one: refused, quickly, and nobody could say that it was ever there."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.safety.audit import Entry, audit_trail
from tests.checkout import ROOT
from tests.e2e.conftest import GameDayProcess
from tests.fakes.clock import FakeClock
from tests.stack.waiting import eventually

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(400)]

QUIET = """\
title: One at a time
observe: 10m
"""
QUICKLY = 110.0
"""Seconds, on a very busy machine. Two minutes are given to a run's users to be there: it waits for none."""
SERVERS = "stack"
"""The folder in which the stack's servers write, all the time."""


def left_by_runs(stack: StackInfo, reports: Path) -> dict[str, bytes]:
    """Every file that runs write for a stack, and those of the first run that it is done with."""
    ours = [path for path in stack.folder.rglob("*") if path.relative_to(stack.folder).parts[0] != SERVERS]
    found = [*ours, *stack.targets.iterdir(), *reports.parent.rglob("*")]
    journal = next(reports.glob("*/journal.jsonl"))
    growing = {journal, reports.parent / "locust.log"}
    return {str(path): path.read_bytes() for path in found if path.is_file() and path not in growing}


def scraped(stack: StackInfo) -> list[tuple[str, str]]:
    """The simulator's targets as Prometheus sees them: address and health."""
    answer = httpx.get(f"{stack.url('prometheus')}/api/v1/targets", params={"state": "active"}, timeout=10)
    targets = answer.raise_for_status().json()["data"]["activeTargets"]
    return [(one["labels"]["instance"], one["health"]) for one in targets if one["scrapePool"] == "simulator"]


def entries() -> list[Entry]:
    return audit_trail(FakeClock()).read()


def holders(stack: StackInfo) -> tuple[str, ...]:
    with Connection(stack) as connection:
        return connection.status().leases


def second_run(experiment: Path, folder: Path, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command, str(experiment), "--reports", str(folder / "second")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=QUICKLY,
        check=False,
    )


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    path = tmp_path / "given" / "quiet.yaml"
    path.parent.mkdir()
    path.write_text(QUIET)
    return path


def test_a_second_run_leaves_no_trace(
    stack: StackInfo,
    experiment: Path,
    game_day: Callable[[str], GameDayProcess],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    first = game_day(str(experiment))
    first.await_fact(lambda fact: fact.kind == "experiment_started")
    eventually("its metrics are scraped", lambda: [up for _, up in scraped(stack)] == ["up"], 30)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    before = left_by_runs(stack, first.reports), scraped(stack), holders(stack), entries()
    for command in (("simulator.cli", "run"), ("locust", "-f", "locustfile.py", "--headless", "--gameday")):
        second = second_run(experiment, elsewhere, command)
        assert second.returncode == ExitCode.ABORTED, second.stderr
        assert re.search(rf"error: another run \(process {first.engine}\) is under way", second.stderr)
        assert not re.search("Ramping|spawned|Traceback", second.stderr), "it must not have sent traffic"
    after = left_by_runs(stack, first.reports), scraped(stack), holders(stack), entries()
    assert after[:3] == before[:3]
    assert [entry.deed for entry in after[3][len(before[3]) :]] == ["run refused", "run refused"]
    assert list(elsewhere.iterdir()) == []
    assert first.process.poll() is None


def test_locust_without_a_game_day_leaves_the_one_under_way_its_metrics(
    stack: StackInfo, experiment: Path, game_day: Callable[[str], GameDayProcess]
) -> None:
    first = game_day(str(experiment))
    target = stack.targets / "simulator.json"
    eventually("its metrics are announced", lambda: target.exists() or first.process.poll() is not None, 120)
    announced = target.read_bytes()
    plain = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", "locustfile.py", "--headless", "-u", "2", "-t", "3s"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen = {announced}

    def look() -> bool:
        seen.add(target.read_bytes() if target.exists() else b"")
        return plain.poll() is not None

    try:
        eventually("it ends", look, 120)
    finally:
        plain.kill()
        plain.wait()
    assert plain.returncode in (ExitCode.MET, ExitCode.BREACHED), "1: a request failed"
    assert {*seen, target.read_bytes()} == {announced}
