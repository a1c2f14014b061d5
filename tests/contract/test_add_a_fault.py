"""A fault is one Python file and an experiment one YAML file: shown by adding both to a copy, and running them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.supervisor.paths import embedded_instance
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from tests.checkout import ROOT
from tests.fakes.locust import FakeLocust
from tests.starved import STARVED

pytestmark = pytest.mark.stack

ADDED = ROOT / "tests" / "contract" / "added"
FAULT = Path("simulator/faults/exporter_away.py")
EXPERIMENT = Path("simulator/erpgo/scenarios/experiments/blind-to-redis.yaml")


def under_version_control() -> list[Path]:
    """Every file of the project, those not committed yet among them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=30).stdout.decode()
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project in another folder, with the two new files; what runs from here on runs there."""
    there = tmp_path / "copy"
    for path in under_version_control():
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, there / path)
    for path in (FAULT, EXPERIMENT):
        assert not (there / path).exists()
        shutil.copyfile(ADDED / path.name, there / path)
    monkeypatch.chdir(there)
    monkeypatch.setenv("PYTHONPATH", str(there))
    return there


@pytest.fixture
def joined(copy: Path, unlearned_stack: StackInfo, monkeypatch: pytest.MonkeyPatch) -> StackInfo:
    """The module's stack, found by the copy as if it were its own."""
    home = copy.parent / "state"
    (home / "simulator").mkdir(parents=True)
    (home / "simulator" / embedded_instance(copy)).symlink_to(unlearned_stack.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    return unlearned_stack


def simulator(*arguments: str) -> str:
    """What the copy's command line says."""
    command = [sys.executable, "-m", "simulator.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_command_line_knows_them_at_once(copy: Path) -> None:
    assert sorted(file.name for file in ADDED.iterdir() if file.is_file()) == sorted(
        [EXPERIMENT.name, FAULT.name]
    )
    listed = [line.split() for line in simulator("list").splitlines()]
    assert ["exporter-away", "fault"] in [words[:2] for words in listed]
    assert ["blind-to-redis", "experiment"] in [words[:2] for words in listed]
    definitions = json.loads(simulator("schema"))["$defs"]
    assert definitions["fault-exporter-away"]["required"] == ["fault", "of"]
    assert {"$ref": "#/$defs/fault-exporter-away"} in definitions["experiment"]["properties"]["faults"][
        "items"
    ]["oneOf"]
    assert [left.name for left in (copy / "reports").iterdir()] == ["sample"]


def test_they_run_and_are_met(copy: Path, joined: StackInfo, capsys: pytest.CaptureFixture[str]) -> None:
    report, code = run(joined, copy / "reports")
    if STARVED in report:
        with capsys.disabled():
            print("too busy to measure (harness starved); once more")  # noqa: T201  CI must say so
        report, code = run(joined, copy / "reports-again")
    assert (json.loads(report)["outcome"], code) == ("met", ExitCode.MET), report


def run(stack: StackInfo, reports: Path) -> tuple[str, int]:
    """The copy's engine runs the new experiment; its report.json and its exit code."""
    finished = FakeLocust(stack, Path(EXPERIMENT.stem), reports).run()
    assert finished.report, finished.error
    return Path(finished.report).with_name("report.json").read_text(), finished.code
