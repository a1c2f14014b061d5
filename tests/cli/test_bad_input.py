"""Whatever cannot be done is refused with one clear message and the right exit code, and nothing is injected."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.base.protocol import Finished, from_engine
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.plan.request import RunRequest
from simulator.safety.runlock import run_lock
from tests.cli.commands import Left, engine, injected, simulator

KILL_API = "title: The API is killed\nfaults: [{fault: service-kill, service: api}]\n"


@dataclass(frozen=True)
class BadFile:
    """An experiment's file, and what is to be said about it."""

    text: str
    complaint: str


FILES = {
    "no-yaml": BadFile("title: [\n", "bad.yaml:2: not valid YAML: "),
    "no-keys": BadFile("- title\n", "bad.yaml:1: expected keys and values, found CommentedSeq"),
    "unknown-fault": BadFile(
        KILL_API.replace("service-kill", "service-kil"),
        "bad.yaml:2: faults.0: unknown fault 'service-kil'; did you mean 'service-kill'? Known: ",
    ),
    "unknown-key": BadFile(
        KILL_API + "observ: 30s\n", "bad.yaml:3: observ: unknown key; did you mean 'observe'?"
    ),
    "negative-duration": BadFile(
        KILL_API + "observe: -30s\n",
        "bad.yaml:3: observe: '-30s' is not a duration; write 30s, 1m30s or 500ms",
    ),
    "no-duration": BadFile(
        KILL_API + "observe: -30\n", "bad.yaml:3: observe: Input should be greater than 0 (found -30)"
    ),
}


@pytest.mark.parametrize("bad", FILES.values(), ids=FILES)
def test_a_bad_file_is_refused_before_anything_starts(tmp_path: Path, bad: BadFile) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(bad.text)
    left = simulator("run", str(path), state=tmp_path / "state")
    assert left.code == ExitCode.BAD_INPUT
    assert left.only_complaint.replace(f"{tmp_path}/", "").startswith(bad.complaint)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["run", "api-kiled"],
            "unknown experiment or game day 'api-kiled'; did you mean 'api-killed'? Known: alertmanager-killed, api-",
        ),
        (["run", "nowhere.yaml"], "nowhere.yaml: cannot be read: No such file or directory"),
        (
            ["run", "demo", "--environment", "embeded"],
            "unknown environment 'embeded'; did you mean 'embedded'?",
        ),
        (["undo", "--environment", "embeded"], "unknown environment 'embeded'; did you mean 'embedded'?"),
        (
            ["run", "demo", "--reports", "/dev/null/reports"],
            "the reports' folder /dev/null/reports cannot be made: ",
        ),
        (["report", "nowhere"], "reports/nowhere/journal.jsonl: cannot be read: No such file or directory"),
    ],
    ids=["name", "path", "environment", "undo-environment", "reports", "run"],
)
def test_a_bad_word_is_refused_before_anything_starts(
    tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    left = simulator(*arguments, state=tmp_path / "state")
    assert left.code == ExitCode.BAD_INPUT
    assert left.only_complaint.startswith(complaint)
    assert left.err.count("\n") == 1
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    "arguments", [["run"], ["frobnicate"], ["run", "demo", "--seed", "x"], ["stack", "sideways"]]
)
def test_a_wrong_usage_is_explained(tmp_path: Path, arguments: list[str]) -> None:
    left = simulator(*arguments, state=tmp_path / "state")
    assert left.code == ExitCode.BAD_INPUT
    assert left.err.startswith("Usage: simulator ")
    assert "--help" in left.err
    assert not (tmp_path / "state").exists()


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    state = tmp_path / "state"
    for left in (engine(RunRequest(gameday="api-killed"), state), simulator("undo", state=state)):
        assert left.code == ExitCode.HARNESS
        assert left.only_complaint == "the embedded stack is not running; start it with: simulator stack up"


def last_word(left: Left) -> Finished:
    """What Locust hears last."""
    finished = from_engine.validate_json(left.out.splitlines()[-1])
    assert isinstance(finished, Finished)
    return finished


@pytest.mark.stack
class TestTheEngine:
    """Started by hand beside the shared stack: what only it can know is refused by it, in the same way."""

    def refused(self, stack: StackInfo, tmp_path: Path, **asked: object) -> Left:
        left = engine(RunRequest.of({"reports": tmp_path / "reports"} | asked))
        assert last_word(left) == Finished(code=left.code, report="", error=left.only_complaint)
        assert injected(stack) == []
        assert not (tmp_path / "reports").exists()
        return left

    def test_a_run_time_too_short(self, stack: StackInfo, tmp_path: Path) -> None:
        left = self.refused(stack, tmp_path, gameday="demo", run_time=5)
        assert left.code == ExitCode.BAD_INPUT
        assert left.only_complaint.startswith("--run-time 5 s is shorter than the plan, which takes ")

    @pytest.mark.parametrize(
        ("old", "new", "complaint"),
        [
            (
                "service: api",
                "service: ap",
                "experiment bad: service-kill may not touch 'ap' in environment embedded; did you mean 'api'?",
            ),
            (
                "title",
                "panels: [{dashboard: erpgo-system-performance, panel: HTTP Request Rat, expect: up}]\ntitle",
                "experiment bad: unknown panel 'erpgo-system-performance / HTTP Request Rat'; did you mean 'erpgo-system-performance / HTTP Request Rate'?",
            ),
        ],
        ids=["service", "panel"],
    )
    def test_what_this_stack_does_not_have(
        self, stack: StackInfo, tmp_path: Path, old: str, new: str, complaint: str
    ) -> None:
        path = tmp_path / "bad.yaml"
        path.write_text(KILL_API.replace(old, new))
        left = self.refused(stack, tmp_path, gameday=str(path))
        assert left.code == ExitCode.BAD_INPUT
        assert left.only_complaint.startswith(complaint)

    def test_a_reports_folder_that_cannot_be_made(self, stack: StackInfo, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        left = self.refused(stack, tmp_path, gameday="api-killed", reports=tmp_path / "file" / "reports")
        assert left.code == ExitCode.BAD_INPUT
        assert left.only_complaint.startswith(f"the report's folder {tmp_path / 'file' / 'reports'}/")
        assert left.only_complaint.endswith("cannot be made: Not a directory")

    def test_a_second_run_names_the_first(self, stack: StackInfo, tmp_path: Path) -> None:
        with run_lock(stack.folder / "run.lock"):
            left = self.refused(stack, tmp_path, gameday="api-killed")
        assert left.code == ExitCode.ABORTED
        assert left.only_complaint.startswith(
            f"another run (process {os.getpid()}) is under way on this stack"
        )

    def test_an_undo_with_a_lock_that_is_none(self, stack: StackInfo) -> None:
        with (stack.folder / "run.lock").open("a"):  # it exists
            left = simulator("undo", "--run-lock", "0")
        assert left.code == ExitCode.BAD_INPUT
        assert left.only_complaint.startswith("--run-lock 0 is no descriptor of ")

    def test_a_damaged_open_fault_is_named_and_kept(self, stack: StackInfo, tmp_path: Path) -> None:
        damaged = stack.folder / "open" / "simulator-damaged.json"
        damaged.parent.mkdir(exist_ok=True)
        damaged.write_text('{"fault": "service-kill"')
        try:
            left = engine(RunRequest(gameday="api-killed", reports=tmp_path / "reports"))
            undo = simulator("undo")
            assert injected(stack) == [damaged.name]
        finally:
            damaged.unlink()
        for stuck in (left, undo):
            assert stuck.code == ExitCode.LEFT_INJECTED, "whatever it was for may still be injected"
            assert stuck.only_complaint.startswith(f"the open fault in {damaged} cannot be read: ")
            assert "Undo it by hand, then delete the file" in stuck.err
        assert last_word(left).code == ExitCode.LEFT_INJECTED
        assert not (tmp_path / "reports").exists()


@pytest.mark.stack
def test_a_refusal_of_the_engine_is_what_simulator_run_leaves_with(stack: StackInfo, tmp_path: Path) -> None:
    """Through the whole of it: the command line becomes Locust, which starts the engine and takes over its code."""
    with run_lock(stack.folder / "run.lock"):
        left = simulator("run", "api-killed", "--reports", str(tmp_path / "reports"))
    assert left.code == ExitCode.ABORTED
    assert left.complaint.startswith(f"another run (process {os.getpid()}) is under way on this stack")
    assert injected(stack) == []
    assert not (tmp_path / "reports").exists()
