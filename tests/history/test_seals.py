"""The seal of the journal stands beside every link to a report, so that a reader can tell whether it is the journal that was reported."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.history.index import RECORD
from simulator.history.record import record
from simulator.history.sla import Sla
from simulator.journal.facts import Note, Page
from simulator.journal.file import JOURNAL
from simulator.journal.seal import last_seal
from simulator.judge.verdict import OtherAlert, RunVerdict
from simulator.report.json import REPORT
from simulator.report.sla.html import html
from simulator.report.sla.markdown import markdown
from tests.checkout import ROOT
from tests.cli.commands import Left, simulator
from tests.fakes.journals import at, met_journal, without, written
from tests.history.many import run_of
from tests.history.shown import as_text
from tests.history.test_history_commands import kept
from tests.history.test_sla import MET, MISSED, UNSURE, told

SEAL = "0123456789abcdef"
SAMPLE = ROOT / "reports" / "sample"
NOBODY_KNOWS = "not recorded"


def seal_by_hand(journal: Path) -> str:
    """As the docs tell a reader to look it up."""
    said = subprocess.run(["tail", "-n", "1", str(journal)], capture_output=True, text=True, check=True)
    return str(json.loads(said.stdout)["seal"])


def test_it_is_the_one_that_tail_shows(tmp_path: Path) -> None:
    for journal in (SAMPLE / JOURNAL, written(tmp_path / "run", met_journal())):
        assert last_seal(journal) == seal_by_hand(journal)


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    journal = written(tmp_path / "run", met_journal())
    whole = last_seal(journal)
    with journal.open("a") as file:
        file.write('{"at":1,"kind":"note","text":"half","seal":"0123456789abcdef"}')
    assert last_seal(journal) == whole


@pytest.mark.parametrize("text", ["", "\n", '{"kind":"note"}\n', '{"seal":"0123456789abcdef"} \n', "\0\n"])
def test_a_line_without_a_seal_has_none(tmp_path: Path, text: str) -> None:
    journal = tmp_path / JOURNAL
    journal.write_text(text)
    assert last_seal(journal) == ""


def test_a_journal_that_is_not_there_has_no_seal_to_tell(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        last_seal(tmp_path / JOURNAL)
    with pytest.raises(BadInput, match="no regular file"):
        last_seal(tmp_path)


def test_a_report_says_which_journal_it_was_made_from(tmp_path: Path) -> None:
    journal = written(tmp_path / "run", met_journal())
    simulator("report", str(tmp_path / "run"))
    seal = last_seal(journal)
    assert json.loads((tmp_path / "run" / REPORT).read_text())["journal_seal"] == seal
    assert f"<code>{seal}</code>" in (tmp_path / "run" / "report.html").read_text()


def false_page(run: RunVerdict) -> RunVerdict:
    """The same run with a page that nobody expected."""
    alarm = OtherAlert.model_validate(
        {
            "alert": "Nobody",
            "severity": "critical",
            "seen": "paged",
            "at": 5.0,
            "after": 1.0,
            "since": "the fault",
        }
    )
    first = run.experiments[0].model_copy(update={"unexpected": (alarm,)})
    return run.model_copy(update={"experiments": (first, *run.experiments[1:])})


def with_seal(run: RunVerdict, seal: str) -> RunVerdict:
    return run.model_copy(update={"journal_seal": seal})


def shown(reports: Path, format_: str) -> str:
    return simulator("sla", "--month", "2026-11", "--format", format_, "--reports", str(reports)).out


@pytest.mark.parametrize(
    ("run", "heading"),
    [
        (run_of(7, (MISSED,)), "Missed, late or wrong"),
        (run_of(7, (UNSURE,)), "Proved nothing"),
        (false_page(run_of(7, (MET,))), "False pages"),
    ],
    ids=["missed", "nothing proven", "unexpected"],
)
@pytest.mark.parametrize("seal", [SEAL, ""])
@pytest.mark.parametrize("format_", [as_text, html, markdown])
def test_beside_the_run_stands_the_seal_of_its_journal(
    run: RunVerdict, heading: str, format_: Callable[[Sla], str], seal: str
) -> None:
    page = format_(told(with_seal(run, seal)))
    section = page[page.index(heading) :]
    assert "run-0007" in section
    assert "journal seal" in section
    assert (seal or NOBODY_KNOWS) in section
    assert (SEAL in page) is bool(seal)
    if format_ is html:
        assert '<a href="run-0007/report.html">report</a>' in section


def test_what_got_worse_names_the_journal_of_its_first_run(tmp_path: Path) -> None:
    runs = [with_seal(run_of(at_, (MET if at_ < 20 else MISSED,)), f"{at_:016x}") for at_ in range(26)]
    made = json.loads(shown(kept(tmp_path / "reports", *runs), "json"))
    assert [one["journal_seal"] for one in made["regressions"]] == [f"{20:016x}"]
    assert [one["journal_seal"] for one in made["shortfalls"]] == [f"{at_:016x}" for at_ in range(20, 26)]


def test_programs_read_it_of_every_run_that_is_named(tmp_path: Path) -> None:
    runs = (false_page(run_of(1, (MET,))), run_of(2, (UNSURE,)), with_seal(run_of(3, (MISSED,)), SEAL))
    made = json.loads(shown(kept(tmp_path / "reports", with_seal(runs[0], SEAL), *runs[1:]), "json"))
    (alarm,) = made["false_pages"]
    assert (alarm["run"], alarm["journal_seal"], alarm["environment"]) == ("run-0001", SEAL, "staging")
    assert [one["journal_seal"] for one in made["fruitless"]] == [""]
    assert [one["journal_seal"] for one in made["shortfalls"]] == [SEAL]


def test_a_pruned_run_keeps_the_seal_of_what_was_reported(tmp_path: Path) -> None:
    reports = kept(tmp_path / "reports", with_seal(run_of(1, (MISSED,)), SEAL))
    before = shown(reports, "md")
    assert simulator("prune", "--keep", "0d", "--reports", str(reports)).code == 0
    assert not (reports / "run-0001" / REPORT).exists()
    assert shown(reports, "md") == before


def test_a_record_that_was_left_before_seals_were_recorded_is_read(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    (reports / "old").mkdir(parents=True)
    left = record(run_of(1, (MISSED,))).model_dump(mode="json", exclude={"journal_seal"})
    (reports / "old" / RECORD).write_text(json.dumps(left))
    assert f"journal seal {NOBODY_KNOWS}" in shown(reports, "text")


@pytest.fixture
def reported(tmp_path: Path) -> Path:
    """One run, journal and report."""
    reports = tmp_path / "reports"
    reports.mkdir()
    written(reports / "run", met_journal())
    assert simulator("report", str(reports / "run")).code == 0
    return reports


def verified(reports: Path) -> Left:
    return simulator("sla", "--month", "2027-01", "--verify", "--reports", str(reports))


def _with_a_note(reports: Path) -> None:
    """Sealed anew, and nothing that is judged differs."""
    shutil.rmtree(reports / "other", ignore_errors=True)
    note = at(Note(text="nothing happened"), 1.0, "")
    facts = met_journal()
    written(reports / "other", [facts[0], note, *facts[1:]]).replace(reports / "run" / JOURNAL)


def _with_no_page(reports: Path) -> None:
    written(reports / "other", without(met_journal(), Page)).replace(reports / "run" / JOURNAL)


@pytest.mark.parametrize(
    ("forge", "lines"), [(_with_a_note, 1), (_with_no_page, 2)], ids=["same verdict", "another verdict"]
)
def test_a_journal_that_is_not_the_one_that_was_reported_is_named(
    reported: Path, forge: Callable[[Path], None], lines: int
) -> None:
    was = last_seal(reported / "run" / JOURNAL)
    assert verified(reported).err == ""
    forge(reported)
    is_ = last_seal(reported / "run" / JOURNAL)
    said = verified(reported).err.splitlines()
    assert len(said) == lines
    assert said[0].startswith("run: its journal is not the one that was reported: ")
    assert was in said[0]
    assert is_ in said[0]


def test_of_a_report_that_knows_no_seal_nothing_is_said(reported: Path) -> None:
    tree = json.loads((reported / "run" / REPORT).read_text())
    del tree["journal_seal"]
    (reported / "run" / REPORT).write_text(json.dumps(tree))
    assert verified(reported).err == ""
