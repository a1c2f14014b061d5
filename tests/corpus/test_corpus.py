"""Old journals are judged as they were: whatever the code has become, the verdict on what happened stays.

Each journal in `journals/` is packed, with the report.json of the day on which it was put there. To add one (a new kind
of run, or of fault; a bug that was mended):

    python -m tests.corpus reports/<run>/journal.jsonl its-kind

The name says what became of it. Leave out what is private: paths, hosts, passwords. A short run is enough, the
smaller the better; tests/fakes/journals.py writes them by hand.

An expected report is never made anew. A field that reports have learned since is left out of the comparison; a test that
fails says that an old run would now be told otherwise.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from simulator.judge import judge
from simulator.report.json import read_verdict, render
from tests.corpus.kept import FOLDER, NAMES, as_called_now, facts_of, known_then, report_of

MOST = 2_000_000
"""Bytes of all of them, packed."""


@pytest.mark.parametrize("name", NAMES)
def test_it_is_judged_as_it_was(name: str, tmp_path: Path) -> None:
    now = json.loads(render(judge(facts_of(name, tmp_path))))
    then = as_called_now(report_of(name))
    assert known_then(then, now) == then


@pytest.mark.parametrize("name", NAMES)
def test_its_report_can_still_be_read(name: str) -> None:
    report = report_of(name)
    assert isinstance(report, dict)
    assert read_verdict(json.dumps(report).encode()).run == report["run"]


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_says_its_cause(name: str, tmp_path: Path) -> None:
    verdict = judge(facts_of(name, tmp_path))
    reasons = [*verdict.reasons, *(reason for one in verdict.experiments for reason in one.reasons)]
    alerts = [alert for one in verdict.experiments for alert in one.alerts]
    panels = [panel for one in verdict.experiments for panel in one.panels]
    healings = [fault.healing for one in verdict.experiments for fault in one.faults if fault.healing]
    causes = [
        *(one.cause for one in reasons),
        *(one.cause for one in alerts),
        *(one.cause for one in panels),
        *(one.cause for one in healings),
        *(one.cause for one in verdict.ledger),
    ]
    assert None not in causes
    assert all(reason.about and reason.said in reason.text for reason in reasons)


def test_there_are_journals_of_every_outcome_status_and_exit_code() -> None:
    reports = [report for name in NAMES if isinstance(report := report_of(name), dict)]
    assert {report["outcome"] for report in reports} == {"met", "breached", "inconclusive"}
    assert {report["status"] for report in reports} == {"completed", "aborted", "interrupted", "failed"}
    assert Counter(report["exit_code"] for report in reports).keys() == {0, 1, 2, 3, 4, 6, 70}


def test_each_journal_has_its_report_and_they_are_small() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}{suffix}" for name in NAMES for suffix in (".jsonl.gz", ".report.json.gz")
    }
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        ({"a": 1}, {"a": 1, "new": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {}, False),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "new": 2}]}, True),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 1}]}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
    ],
)
def test_only_new_fields_are_left_out(then: dict[str, object], now: dict[str, object], same: bool) -> None:
    assert (known_then(json.loads(json.dumps(then)), json.loads(json.dumps(now))) == then) is same
