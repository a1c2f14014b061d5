"""Whoever started the engine, or the servers, is killed while a fault bites: nothing is left, or it is said loudly."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulator.base.errors import ExitCode
from simulator.base.protocol import FromEngine, Progress
from simulator.engine.openfaults import OpenFaults
from simulator.erpgo.stack.supervisor import client
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.reading import read_journal
from tests.checkout import ROOT
from tests.cli.commands import injected, simulator
from tests.conftest import a_state_home
from tests.crash.ends import HUNG
from tests.crash.lab import CrashLab
from tests.fakes.engine_copy import hasty_engine
from tests.fakes.locust import FakeLocust
from tests.stack.waiting import eventually
from tests.workload.locust_process import free_port

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

CLEAN_WITHIN = 15.0
"""Seconds for the engine to hear that Locust is gone, to undo, and to leave."""


def test_a_killed_master_takes_workers_and_faults_along(unlearned_stack: StackInfo, tmp_path: Path) -> None:
    experiment, port = tmp_path / "hangs.yaml", free_port()
    experiment.write_text(
        "title: Redis hangs\nfaults: [{fault: service-hang, service: redis}]\nobserve: 60s\n"
    )
    arguments = ["-f", str(ROOT / "locustfile.py"), "--headless", "--users", "40", "--processes", "2"]
    arguments += ["--master-bind-port", port, "--master-port", port]
    arguments += ["--gameday", str(experiment), "--reports", str(tmp_path / "reports")]
    with (tmp_path / "locust.log").open("w") as log:
        master = subprocess.Popen(
            [sys.executable, "-m", "locust", *arguments],
            cwd=hasty_engine(tmp_path / "copy").root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        eventually("the fault bites", lambda: _bites(tmp_path / "reports"), 90.0)
        family = psutil.Process(master.pid).children(recursive=True)
        assert len(injected(unlearned_stack)) == 2
    finally:
        master.kill()
        master.wait(10)
    eventually("nothing is injected", lambda: injected(unlearned_stack) == [], CLEAN_WITHIN)
    eventually("engine, guard and workers are gone", lambda: not any(map(_runs, family)), 60.0)


def test_a_killed_supervisor_is_an_undo_that_nobody_can_confirm(
    tmp_path: Path, stack_of_its_own: StackInfo
) -> None:
    """Its servers go with it, and what was held is held no more; but who could ask them?"""
    stack = stack_of_its_own

    def react(message: FromEngine, _: FakeLocust) -> None:
        if isinstance(message, Progress) and message.text == "the fault bites; watching":
            os.kill(stack.pid, signal.SIGKILL)

    finished = CrashLab(stack, tmp_path).locust(HUNG, observe="5s", undo_within=3.0).run(react, within=150.0)
    assert finished.code == ExitCode.LEFT_INJECTED
    assert "Run simulator undo" in Path(finished.report).with_name("report.txt").read_text()
    assert len(OpenFaults(stack.folder / "open").paths()) == 1
    again = client.up(stack.folder, temporary=True)
    with client.Connection(again) as connection:
        connection.lease("the test", period_s=600)
        assert simulator("undo").code == ExitCode.MET
        assert injected(again) == []
        connection.down()


@pytest.fixture
def stack_of_its_own() -> Iterator[StackInfo]:
    """One that the test may kill."""
    with a_state_home():
        info = client.up(
            client.embedded_folder(), temporary=True, options=client.StackOptions(scrape_interval_s=1.0)
        )
        with client.Connection(info) as connection:
            connection.lease("the test", period_s=600)
            yield info
        client.down(info.folder)


def _bites(reports: Path) -> bool:
    journals = [path for path in reports.glob("*/journal.jsonl") if path.stat().st_size]
    return bool(journals) and any(fact.kind == "observation_started" for fact in read_journal(journals[0]))


def _runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
