"""The demo, and what only containers can suffer, on real containers as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.journal.reading import read_journal
from simulator.judge import judge
from simulator.judge.verdict import RunVerdict
from tests.checkout import ROOT
from tests.starved import STARVED, causes

pytestmark = pytest.mark.timeout(3600)

AT_MOST = 1100.0
"""Seconds for one game day of thirteen minutes."""


def run(reports: Path, name: str) -> tuple[int, RunVerdict, str]:
    """The exit code, the verdict and the output of a game day on containers."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "simulator.cli",
            "run",
            name,
            "--environment",
            "compose",
            "--reports",
            str(reports),
        ],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=AT_MOST,
        check=False,
    )
    journals = list(reports.glob("*/journal.jsonl"))
    assert journals, done.stdout + done.stderr
    return done.returncode, judge(read_journal(journals[0])), done.stdout + done.stderr


@pytest.mark.usefixtures("compose")
def test_the_game_day_on_containers_is_met(tmp_path: Path) -> None:
    code, verdict, said = run(tmp_path / "first", "containers")
    reasons = [reason.text for experiment in verdict.experiments for reason in experiment.reasons]
    if verdict.outcome == "inconclusive" and set(causes(verdict)) == {STARVED}:
        print(f"harness starved, running it once more: {reasons}", file=sys.__stderr__)
        code, verdict, said = run(tmp_path / "again", "containers")
        reasons = [reason.text for experiment in verdict.experiments for reason in experiment.reasons]
    assert (reasons, verdict.outcome, code) == ([], "met", ExitCode.MET), said
    (crashed,) = [one for one in verdict.experiments if one.name == "container-crashed"]
    assert crashed.faults[0].healing is not None
    assert crashed.faults[0].healing.outcome == "met"


def test_a_crash_that_nothing_heals_is_a_breach(compose: ComposeInfo, tmp_path: Path) -> None:
    """Without its restart policy the container stays down: the verdict has to say so."""
    policy = ["docker", "update", "--restart"]
    container = f"{compose.project}-redis-exporter"
    experiment = tmp_path / "unhealed.yaml"
    experiment.write_text(
        "title: A crash without a restart policy\n"
        "faults: [{fault: container-crash, service: redis-exporter, heals_within: 5s}]\n"
        "may: [{alert: RedisExporterDown, because: nothing brings the exporter back}]\n"
        "observe: 10s\n"
    )
    subprocess.run([*policy, "no", container], check=True, capture_output=True, timeout=30)
    try:
        code, verdict, said = run(tmp_path / "reports", str(experiment))
    finally:
        subprocess.run([*policy, "unless-stopped", container], check=True, capture_output=True, timeout=30)
    reasons = [(reason.subject, reason.cause) for reason in verdict.experiments[0].reasons]
    assert (verdict.outcome, code) == ("breached", ExitCode.BREACHED), said
    assert reasons == [("container-crash", "not-healed")], said
