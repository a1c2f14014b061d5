"""A disk that is full under reports/: the run ends, says why, and nothing stays injected."""

import resource
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.base.protocol import FromEngine, Progress
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.reading import read_journal
from simulator.judge import judge
from tests.cli.commands import injected
from tests.fakes.locust import FakeLocust

pytestmark = pytest.mark.stack

EXPERIMENT = """\
title: The redis exporter is killed
faults: [{fault: service-kill, service: redis-exporter}]
observe: 15s
recover_within: 60s
"""
ROOM = 1000
"""Bytes: a record of an open fault fits, a plan or a report does not."""


def exporter_killed(stack: StackInfo, folder: Path) -> FakeLocust:
    experiment = folder / "exporter-killed.yaml"
    experiment.write_text(EXPERIMENT)
    return FakeLocust(stack, experiment, folder / "reports")


def fill_the_disk(locust: FakeLocust) -> None:
    """No file of the engine's grows beyond a small size any more: as on a full disk, its writes fail."""
    resource.prlimit(locust.engine.pid, resource.RLIMIT_FSIZE, (ROOM, ROOM))


def only_complaint(text: str) -> str:
    assert "Traceback" not in text, text
    (complaint,) = [line for line in text.splitlines() if line.startswith("error: ")]
    return complaint


def test_a_disk_full_from_the_start(
    unlearned_stack: StackInfo, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    locust = exporter_killed(unlearned_stack, tmp_path)
    fill_the_disk(locust)
    finished = locust.run()
    complaint = only_complaint(capfd.readouterr().err)
    assert complaint.startswith(f"error: the journal {tmp_path / 'reports'}/")
    assert complaint.endswith("journal.jsonl cannot be written: File too large")
    assert finished.code == locust.engine.returncode == ExitCode.HARNESS
    assert injected(unlearned_stack) == []


def test_a_disk_that_fills_while_the_fault_bites(
    unlearned_stack: StackInfo, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    during: list[str] = []
    told: list[str] = []

    def react(message: FromEngine, locust: FakeLocust) -> None:
        if not isinstance(message, Progress):
            return
        told.append(message.text)
        if message.text == "the fault bites; watching":
            during.extend(injected(unlearned_stack))
            fill_the_disk(locust)

    finished = exporter_killed(unlearned_stack, tmp_path).run(react)
    assert len(during) == 2, f"the fault was on record, and the exporter was held: {told}"
    assert injected(unlearned_stack) == []
    complaint = only_complaint(capfd.readouterr().err)
    assert complaint.startswith(f"error: the report {tmp_path / 'reports'}/")
    assert "cannot be written: File too large; make room or choose another folder" in complaint
    assert (finished.code, finished.report) == (ExitCode.HARNESS, "")
    # What fitted on the disk is the evidence that is left; it says what happened as far as it goes.
    verdict = judge(read_journal(next((tmp_path / "reports").glob("*/journal.jsonl"))))
    assert (verdict.status, verdict.outcome) == ("failed", "inconclusive")
