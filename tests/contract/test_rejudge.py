"""A journal is all that a verdict needs: judged again with no stack anywhere, it gives the same bytes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.journal.facts import AnyFact, Page, RunEnded
from simulator.judge import judge
from simulator.judge.sealed import sealed
from simulator.report import formats, write_reports
from tests.checkout import ROOT
from tests.fakes.journals import met_journal, without, written

SAMPLES = sorted(ROOT.glob("reports/sample/**/journal.jsonl"))
"""Journals of real runs that the project shows."""


def judged_again(journal: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Copy the journal, and nothing but the journal, elsewhere; judge it where no stack was ever started."""
    folder.mkdir()
    (folder / "journal.jsonl").write_bytes(journal.read_bytes())
    return subprocess.run(
        [sys.executable, "-m", "simulator.cli", "report", str(folder)],
        cwd=ROOT,
        env={"XDG_STATE_HOME": str(folder.parent / "no-stack-here"), "PATH": "", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("facts", "code"),
    [(met_journal(), ExitCode.MET), (without(met_journal(), Page), ExitCode.BREACHED)],
    ids=["met", "breached"],
)
def test_a_copied_journal_gives_the_same_reports(
    tmp_path: Path, facts: list[AnyFact], code: ExitCode
) -> None:
    journal = written(tmp_path / "run", facts)
    write_reports(sealed(judge(facts), journal), tmp_path / "run")
    result = judged_again(journal, tmp_path / "copy")
    assert (result.returncode, result.stderr) == (code, "")
    for one in formats().values():
        assert (tmp_path / "copy" / one.filename).read_bytes() == (
            tmp_path / "run" / one.filename
        ).read_bytes()
    assert not (tmp_path / "no-stack-here").exists()


@pytest.mark.parametrize("journal", SAMPLES, ids=lambda path: str(path.parent.name))
def test_a_real_run_that_is_shown_still_gives_its_report(tmp_path: Path, journal: Path) -> None:
    judged_again(journal, tmp_path / "copy")
    assert (tmp_path / "copy" / "report.json").read_bytes() == (journal.parent / "report.json").read_bytes()


@pytest.mark.parametrize("kept", [0, 10, -2], ids=["whole-line-lost", "cut-early", "cut-late"])
def test_a_journal_cut_in_its_last_line_is_a_run_that_failed(tmp_path: Path, kept: int) -> None:
    facts = met_journal()
    last = facts[-1].model_dump_json()
    journal = written(tmp_path / "run", facts[:-1])
    with journal.open("a") as file:
        file.write(last[:kept])
    result = judged_again(journal, tmp_path / "copy")
    assert (result.returncode, result.stderr) == (ExitCode.HARNESS, "")
    report = json.loads((tmp_path / "copy" / "report.json").read_text())
    assert (report["status"], report["outcome"]) == ("failed", "inconclusive")
    assert report["status_reason"] == "the journal ends unfinished"


def test_a_cut_through_the_middle_of_a_letter_is_a_cut_like_any_other(tmp_path: Path) -> None:
    facts = met_journal()
    journal = written(tmp_path / "run", facts[:-1])
    last = RunEnded(status="interrupted", reason="fünf").model_dump_json().encode()
    with journal.open("ab") as file:
        file.write(last[: last.index("ü".encode()) + 1])
    result = judged_again(journal, tmp_path / "copy")
    assert (result.returncode, result.stderr) == (ExitCode.HARNESS, "")


ALTERED = "line {} of the journal is not as it was written, or one before it is gone"


@pytest.mark.parametrize(
    ("edit", "first"),
    [
        (lambda lines: [*lines[:4], lines[4].replace('"at":', '"at":1'), *lines[5:]], 5),
        (lambda lines: [*lines[:4], *lines[5:]], 5),
        (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 5),
        (lambda lines: [*lines[:-1], lines[-1].replace('"reason":""', '"reason":"fine"')], None),
        (lambda lines: [lines[0].replace('"simulator_version":"', '"simulator_version":"9'), *lines[1:]], 1),
    ],
    ids=["a-number", "a-line-gone", "two-swapped", "the-end", "the-plan"],
)
def test_an_edited_journal_is_never_met(
    tmp_path: Path, edit: Callable[[list[str]], list[str]], first: int | None
) -> None:
    journal = written(tmp_path / "run", met_journal())
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(edit(lines)))
    result = judged_again(journal, tmp_path / "copy")
    assert (result.returncode, result.stderr) == (ExitCode.INCONCLUSIVE, "")
    report = json.loads((tmp_path / "copy" / "report.json").read_text())
    assert [reason["text"] for reason in report["reasons"]] == [ALTERED.format(first or len(lines))]


@pytest.mark.parametrize(
    ("line", "damage", "complaint"),
    [
        (1, "", "a journal begins with its plan"),
        (3, '{"kind": "page", "at": 1', "not a fact"),
        (4, '{"kind": "rumour", "at": 1.0}', "not a fact"),
        (5, "\x00\x00\x00", "not a fact"),
    ],
    ids=["no-plan", "cut", "unknown-kind", "zeros"],
)
def test_a_damaged_line_is_bad_input(tmp_path: Path, line: int, damage: str, complaint: str) -> None:
    journal = written(tmp_path / "run", met_journal())
    lines = journal.read_text().splitlines(keepends=True)
    lines[line - 1] = f"{damage}\n" if damage else ""
    journal.write_text("".join(lines))
    result = judged_again(journal, tmp_path / "copy")
    assert result.returncode == ExitCode.BAD_INPUT
    assert result.stderr.startswith(f"error: {tmp_path / 'copy' / 'journal.jsonl'}:{line}: ")
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "copy" / "report.json").exists()
