"""What `simulator` says when asked what there is, and how the stack is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.files import SCENARIOS
from simulator.erpgo.stack.prometheus.rules import STAGING
from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.faults import faults
from simulator.journal.facts import Page
from simulator.journal.reading import read_journal
from simulator.plan.catalogue import Catalogue
from simulator.safety.runlock import run_lock
from tests.checkout import ROOT
from tests.cli.commands import simulator
from tests.fakes.journals import written

COMMANDS = {"run", "list", "report", "compare", "coverage", "undo", "schema", "stack", "receiver"}


def test_help_names_every_command(tmp_path: Path) -> None:
    said = simulator("--help", state=tmp_path / "state")
    assert (said.code, said.err) == (ExitCode.MET, "")
    assert "Usage: simulator [OPTIONS] COMMAND" in said.out
    assert {word for line in said.out.splitlines() for word in line.split()[1:2]} >= COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    said = simulator(command, "--help", state=tmp_path / "state")
    assert (said.code, said.err) == (ExitCode.MET, "")
    assert f"Usage: simulator {command} " in said.out


def test_list_shows_whatever_can_be_run(tmp_path: Path) -> None:
    said = simulator("list", state=tmp_path / "state")
    assert (said.code, said.err) == (ExitCode.MET, "")
    catalogue = Catalogue.of(SCENARIOS)
    kinds = {
        **dict.fromkeys(catalogue.game_days, "game"),
        **dict.fromkeys(catalogue.experiments, "experiment"),
        **dict.fromkeys(faults(), "fault"),
    }
    words = [line.split() for line in said.out.splitlines() if line[0] != " "]
    assert {name: kind for name, kind, *_ in words[1:]} == kinds
    assert all(len(line) > 2 for line in words), "each says what it is"


def test_coverage_names_everything_and_what_no_run_has_exercised(tmp_path: Path) -> None:
    nothing = simulator("coverage", "--reports", str(tmp_path), state=tmp_path / "state")
    assert (nothing.code, nothing.err) == (ExitCode.MET, "")
    rules = {rule.name for rule in STAGING.alerts}
    assert {word for line in nothing.out.splitlines() for word in line.split()[:1]} >= rules
    assert "no run yet: " in nothing.out
    some = simulator("coverage", "--json", state=tmp_path / "state")  # reports/sample is a run
    seen = {one["name"]: one["last"] for one in json.loads(some.out)["alerts"]}
    assert seen.keys() == rules
    assert seen["ApplicationDown"]["outcome"] == "met"


def test_a_run_compared_with_itself_is_no_slower(tmp_path: Path) -> None:
    said = simulator("compare", "sample", "sample", state=tmp_path / "state")
    assert (said.code, said.err) == (ExitCode.MET, "")
    assert "too few repeats" in said.out


def test_a_run_that_missed_a_page_is_worse(tmp_path: Path) -> None:
    facts = read_journal(ROOT / "reports" / "sample" / "journal.jsonl")
    unpaged = [fact for fact in facts if not (isinstance(fact, Page) and fact.alert == "ApplicationDown")]
    assert len(unpaged) < len(facts)
    for run, kept in (("good", facts), ("bad", unpaged)):
        written(tmp_path / run, kept)
    reports = ("--reports", str(tmp_path))
    worse = simulator("compare", "good", "bad", *reports, state=tmp_path / "state")
    assert (worse.code, worse.err) == (ExitCode.BREACHED, "")
    assert "ApplicationDown was missed in api-killed: 0 times, then 1 times" in worse.out
    better = simulator("compare", "bad", "good", *reports, state=tmp_path / "state")
    assert better.code == ExitCode.MET


def test_a_run_that_is_not_there_cannot_be_compared(tmp_path: Path) -> None:
    said = simulator("compare", "sample", "nosuch", state=tmp_path / "state")
    assert said.code == ExitCode.BAD_INPUT
    assert "nosuch/journal.jsonl: cannot be read: No such file or directory" in said.only_complaint


def test_status_without_a_stack(tmp_path: Path) -> None:
    said = simulator("stack", "status", state=tmp_path / "state")
    assert (said.code, said.err) == (ExitCode.INCONCLUSIVE, "")
    assert said.out == "the embedded stack is not running; start it with: simulator stack up\n"
    assert not (tmp_path / "state").exists()


def test_down_without_a_stack(tmp_path: Path) -> None:
    said = simulator("stack", "down", state=tmp_path / "state")
    assert (said.code, said.err) == (ExitCode.MET, "")
    assert said.out == "the embedded stack is not running\n"


@pytest.mark.stack
def test_status_of_a_stack_names_services_and_holds(stack: StackInfo) -> None:
    with Connection(stack) as connection:
        connection.hold("redis-exporter", "frozen", "the test", lease_s=30.0)
        said = simulator("stack", "status")
        connection.release("the test")
    assert (said.code, said.err) == (ExitCode.MET, "")
    rows = {line.split()[0]: line.split()[1:] for line in said.out.splitlines()}
    assert rows.keys() >= stack.services.keys()
    assert rows["api"] == [f"{stack.services['api'].host}:{stack.services['api'].port}", "ready"]
    assert "redis-exporter is held frozen by the test" in said.out.splitlines()


@pytest.mark.stack
def test_undo_when_nothing_is_injected(stack: StackInfo) -> None:
    assert stack.services
    said = simulator("undo")
    assert (said.code, said.out, said.err) == (ExitCode.MET, "nothing is injected\n", "")


@pytest.mark.stack
def test_undo_waits_for_a_run_that_is_ending_and_says_so(stack: StackInfo) -> None:
    undo = [sys.executable, "-m", "simulator.cli", "undo"]
    with run_lock(stack.folder / "run.lock"):
        waiting = subprocess.Popen(
            undo, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert waiting.stderr is not None
        told = waiting.stderr.readline()
    out, err = waiting.communicate(timeout=30)
    assert told == f"waiting up to 30 s for the run (process {os.getpid()}) that holds this stack\n"
    assert (waiting.returncode, out, err) == (ExitCode.MET, "nothing is injected\n", "")
