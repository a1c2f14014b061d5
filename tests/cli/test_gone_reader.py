"""Commands whose output nobody reads any more: they do their work, and leave with the code that they decided."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.journal.facts import Page
from simulator.journal.reading import read_journal
from tests.checkout import ROOT
from tests.cli.commands import Left
from tests.fakes.journals import written

SAMPLE = ROOT / "reports" / "sample" / "journal.jsonl"


def no_reader() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def full_disk() -> int:
    return os.open("/dev/full", os.O_WRONLY)


def simulator(out: int, *arguments: str, state: Path) -> Left:
    """Run `simulator` with this as its stdout, in a state home in which no stack runs."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "simulator.cli", *arguments],
            cwd=ROOT,
            env={**os.environ, "XDG_STATE_HOME": str(state)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=90,
            check=False,
        )
    finally:
        os.close(out)
    return Left(done.returncode, "", done.stderr)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The sample, `good`, and the same without a page, `bad`."""
    facts = read_journal(SAMPLE)
    unpaged = [fact for fact in facts if not (isinstance(fact, Page) and fact.alert == "ApplicationDown")]
    for run, kept in (("good", facts), ("bad", unpaged)):
        written(tmp_path / run, kept)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("list",), ExitCode.MET),
        (("list", "--help"), ExitCode.MET),
        (("schema",), ExitCode.MET),
        (("audit",), ExitCode.MET),
        (("coverage", "--json"), ExitCode.MET),
        (("report", "good"), ExitCode.MET),
        (("report", "bad"), ExitCode.BREACHED),
        (("compare", "good", "bad"), ExitCode.BREACHED),
        (("compare", "bad", "good"), ExitCode.MET),
        (("stack", "status"), ExitCode.INCONCLUSIVE),
        (("report", "nosuch"), ExitCode.BAD_INPUT),
    ],
    ids=str,
)
def test_a_reader_that_has_gone_changes_no_code(runs: Path, command: tuple[str, ...], code: ExitCode) -> None:
    where = ("--reports", str(runs)) if command[0] in ("report", "compare") else ()
    left = simulator(no_reader(), *command, *where, state=runs / "state")
    assert left.code == code, left.err
    assert "Traceback" not in left.err
    assert bool(left.err) == (code == ExitCode.BAD_INPUT)


@pytest.mark.parametrize("run", ["good", "bad"])
def test_a_full_disk_is_told_and_is_no_verdict(runs: Path, run: str) -> None:
    left = simulator(full_disk(), "report", run, "--reports", str(runs), state=runs / "state")
    assert left.code == ExitCode.HARNESS
    assert (
        left.only_complaint == "standard output cannot be written: No space left on device; send it elsewhere"
    )
