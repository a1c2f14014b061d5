"""The index of runs: it saves time, and nothing else hangs on it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.history.index import INDEX, Kept, runs_below
from simulator.history.record import record
from simulator.judge.verdict import RunVerdict
from simulator.report.json import LARGEST_REPORT, REPORT, read_verdict, render
from tests.history.many import drawn


class Reading:
    """How reports are read, and how many were."""

    def __init__(self) -> None:
        self.count = 0

    @property
    def kept(self) -> Kept:
        return Kept(REPORT, LARGEST_REPORT, self._read)

    def _read(self, report: bytes) -> RunVerdict:
        self.count += 1
        return read_verdict(report)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    for run in drawn(3, 12):
        (folder / run.run).mkdir(parents=True)
        (folder / run.run / REPORT).write_bytes(render(run))
    return folder


def test_runs_are_what_their_reports_say_the_oldest_first(reports: Path) -> None:
    runs = runs_below(reports, Reading().kept)
    assert list(runs.records) == [record(run) for run in drawn(3, 12)]
    assert runs.folders == tuple(run.run for run in drawn(3, 12))
    assert runs.damaged == ()


def test_what_is_indexed_is_not_read_again(reports: Path) -> None:
    first = runs_below(reports, Reading().kept)
    again = Reading()
    assert runs_below(reports, again.kept) == first
    assert again.count == 0


def test_a_report_that_differs_is_read_anew_and_one_that_is_gone_is_forgotten(reports: Path) -> None:
    runs_below(reports, Reading().kept)
    (reports / "run-0000" / REPORT).unlink()
    changed = next(run for run in drawn(3, 12) if run.run == "run-0005")
    (reports / "run-0005" / REPORT).write_bytes(
        render(changed.model_copy(update={"environment": "elsewhere"}))
    )
    again = Reading()
    runs = runs_below(reports, again.kept)
    assert again.count == 1
    assert "run-0000" not in runs.folders
    assert [one.environment for one in runs.records if one.run == "run-0005"] == ["elsewhere"]


def test_a_damaged_report_is_named_and_costs_no_other(reports: Path) -> None:
    (reports / "run-0003" / REPORT).write_bytes(b'{"half": ')
    runs = runs_below(reports, Reading().kept)
    assert runs.damaged == ("run-0003",)
    assert len(runs.records) == 11
    assert runs_below(reports, Reading().kept) == runs


def _gone(index: Path) -> None:
    index.unlink()


def _no_database(index: Path) -> None:
    index.write_bytes(b"SQLite format 3\0 and then something else" * 99)


def _other_shape(index: Path) -> None:
    with sqlite3.connect(index) as database:
        database.execute("PRAGMA user_version = 99")


def _other_words(index: Path) -> None:
    with sqlite3.connect(index) as database:
        database.execute("UPDATE run SET record = '{}'")


def _other_table(index: Path) -> None:
    with sqlite3.connect(index) as database:
        database.execute("DROP TABLE run")
        database.execute("CREATE TABLE run (something INTEGER)")


def _a_folder(index: Path) -> None:
    index.unlink()
    index.mkdir()


@pytest.mark.parametrize(
    "harm",
    [_gone, _no_database, _other_shape, _other_words, _other_table, _a_folder],
    ids=lambda one: one.__name__,
)
def test_whatever_becomes_of_the_index_the_runs_are_the_same(
    reports: Path, harm: Callable[[Path], None]
) -> None:
    first = runs_below(reports, Reading().kept)
    harm(reports / INDEX)
    assert runs_below(reports, Reading().kept) == first
    assert runs_below(reports, Reading().kept) == first


def test_another_process_that_writes_is_not_waited_for_in_vain(reports: Path) -> None:
    first = runs_below(reports, Reading().kept)
    with sqlite3.connect(reports / INDEX) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert runs_below(reports, Reading().kept) == first
        database.execute("ROLLBACK")
