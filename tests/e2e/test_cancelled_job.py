"""A CI job is cancelled: a signal, and SIGKILL for everybody some seconds later. Nothing stays broken."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from tests.cli.commands import injected, simulator
from tests.e2e.conftest import GameDayProcess

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

GRACE = 60.0
"""Seconds from the signal to SIGKILL: GitLab's grace is as long; here also for a busy machine."""
HANGS = "title: Redis hangs\nfaults: [{fault: service-hang, service: redis}]\nobserve: 60s\n"


@pytest.fixture
def job(unlearned_stack: StackInfo, tmp_path: Path) -> Iterator[GameDayProcess]:
    """A run as `docs/ci.md` starts it, whose fault bites."""
    experiment = tmp_path / "hangs.yaml"
    experiment.write_text(HANGS)
    started = GameDayProcess(
        unlearned_stack, tmp_path, str(experiment), "--summary", str(tmp_path / "summary.md")
    )
    try:
        started.await_fact(lambda fact: fact.kind == "observation_started")
        yield started
    finally:
        started.close()


def test_within_its_grace_time_it_undoes_reports_and_says_so(
    job: GameDayProcess, unlearned_stack: StackInfo, tmp_path: Path
) -> None:
    job.process.send_signal(signal.SIGTERM)
    assert job.wait(GRACE) == ExitCode.ABORTED, job.log()
    assert injected(unlearned_stack) == []
    assert (tmp_path / "summary.md").read_text().startswith("## ")
    assert len(list(job.reports.glob("*/report.html"))) == 1


def test_killed_with_its_guard_before_it_is_done_the_last_step_undoes(
    job: GameDayProcess, unlearned_stack: StackInfo
) -> None:
    family = [psutil.Process(job.process.pid), *psutil.Process(job.process.pid).children(recursive=True)]
    job.process.send_signal(signal.SIGTERM)
    for one in family:  # as a runner does that ends all that a job has started
        one.kill()
    psutil.wait_procs(family, timeout=30)
    left = simulator("undo", "--all")
    assert left.code == ExitCode.MET, left.err
    assert injected(unlearned_stack) == []
