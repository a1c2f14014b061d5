"""`simulator history` and `simulator sla`, as they are typed."""

import csv
import io
import json
import re
import shutil
import time
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from simulator.base.errors import ExitCode
from simulator.history.index import INDEX
from simulator.journal.file import JOURNAL
from simulator.judge.verdict import RunVerdict
from simulator.report.json import REPORT, render
from tests.checkout import ROOT
from tests.cli.commands import Left, simulator
from tests.history.many import ALERTS, drawn, run_of
from tests.history.test_sla import MET, MISSED

FORMATS = ("text", "html", "json", "csv", "md", "openmetrics")
NASTY = '=cmd|"<b>|*x*'


def kept(reports: Path, *runs: RunVerdict) -> Path:
    for run in runs:
        (reports / run.run).mkdir(parents=True)
        (reports / run.run / REPORT).write_bytes(render(run))
    return reports


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred runs, and one whose report is damaged."""
    folder = kept(tmp_path_factory.mktemp("many") / "reports", *drawn(7, 200))
    (folder / "broken").mkdir()
    (folder / "broken" / REPORT).write_text("{")
    return folder


@pytest.mark.parametrize("format_", FORMATS)
def test_without_its_index_no_byte_is_another(reports: Path, format_: str) -> None:
    asked = (
        "sla",
        "--month",
        "2026-11",
        "--objective",
        "90%",
        "--format",
        format_,
        "--reports",
        str(reports),
    )
    first = simulator(*asked)
    again = simulator(*asked)
    (reports / INDEX).unlink()
    anew = simulator(*asked)
    assert first.out == again.out == anew.out != ""
    assert first.code == again.code == anew.code


def test_every_format_tells_of_the_same_alerts(reports: Path) -> None:
    told = {
        format_: simulator("sla", "--month", "2026-11", "--format", format_, "--reports", str(reports)).out
        for format_ in FORMATS
    }
    made = json.loads(told["json"])
    rows = list(csv.DictReader(io.StringIO(told["csv"])))
    assert [(row["alert"], int(row["met"]), int(row["tried"])) for row in rows] == [
        (one["alert"], one["met"], one["tried"]) for one in made["alerts"]
    ]
    read = text_string_to_metric_families(told["openmetrics"])  # type: ignore[no-untyped-call]  # it has no types
    families = {one.name: one for one in read}
    samples = families["simulator_sla_tried"].samples
    assert [sample.value for sample in samples] == [one["tried"] for one in made["alerts"]]
    assert [sample.labels["alert"] for sample in samples] == [one["alert"] for one in made["alerts"]]
    for format_ in ("text", "html", "md"):
        assert (
            f"{made['budget']['missed']} pages missed or late of {made['budget']['tried']}" in told[format_]
        )
        assert "broken" in told[format_]
    assert made["unreadable"] == ["broken"]


def test_every_row_of_the_page_has_an_address_of_its_own(reports: Path) -> None:
    page = simulator("sla", "--month", "2026-11", "--format", "html", "--reports", str(reports)).out
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len([one for one in anchors if one.startswith("alert-")]) > len(ALERTS)
    assert len(set(anchors)) == len(anchors)
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#|[^":/]+/report\.html")', page)


@pytest.mark.parametrize(
    ("met", "missed", "code"), [(59, 0, 0), (3, 6, 1), (20, 0, 3)], ids=["attained", "failed", "unproven"]
)
def test_the_exit_code_says_what_is_proven(tmp_path: Path, met: int, missed: int, code: int) -> None:
    runs = [run_of(number, (MET,)) for number in range(met)]
    runs += [run_of(met + number, (MISSED,)) for number in range(missed)]
    left = simulator("sla", "--month", "2026-11", "--reports", str(kept(tmp_path / "reports", *runs)))
    assert left.code == code, left.out + left.err


def test_what_others_named_stays_text(tmp_path: Path) -> None:
    reports = kept(tmp_path / "reports", run_of(1, (MET.model_copy(update={"alert": NASTY}),)))
    as_csv = simulator("sla", "--month", "2026-11", "--format", "csv", "--reports", str(reports)).out
    assert next(csv.DictReader(io.StringIO(as_csv)))["alert"] == f"'{NASTY}"
    row = next(
        line
        for line in simulator(
            "sla", "--month", "2026-11", "--format", "md", "--reports", str(reports)
        ).out.splitlines()
        if "cmd" in line
    )
    assert r"=cmd\|" in row
    assert r"\<b\>" in row


def test_history_lists_runs_or_the_pages_of_one_alert(reports: Path) -> None:
    every = simulator("history", "--reports", str(reports))
    assert (every.code, len(every.out.splitlines())) == (0, 201)
    assert "broken" in every.err
    of_one = simulator(
        "history", "--alert", "HighErrors", "--environment", "staging", "--reports", str(reports)
    )
    attempts = [
        alert
        for run in drawn(7, 200)
        if run.environment == "staging"
        for one in run.experiments
        for alert in one.alerts
        if alert.alert == "HighErrors"
    ]
    assert len(of_one.out.splitlines()) == 1 + len(attempts)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--month", "2026-13"), "2026-11"),
        (("--month", "last"), "2026-11"),
        (("--objective", "200%"), "95%"),
        (("--objective", "0"), "95%"),
        (("--objective", "nan"), "95%"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    left = simulator("sla", "--reports", str(tmp_path), *words)
    assert left.code == 2
    assert says in left.only_complaint


def test_a_folder_that_is_not_there_is_no_folder_without_runs(tmp_path: Path) -> None:
    for command in ("sla", "history"):
        left = simulator(command, "--reports", str(tmp_path / "missing"))
        assert left.code == 2
        assert "--reports" in left.only_complaint


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A real run, journal and all, in a folder of reports; its report is today's."""
    reports = tmp_path / "reports"
    shutil.copytree(ROOT / "reports" / "sample", reports / "sample")
    assert simulator("report", str(reports / "sample")).code == 0
    return reports


def verified(reports: Path) -> Left:
    return simulator("sla", "--month", "2026-11", "--format", "json", "--verify", "--reports", str(reports))


def test_journals_that_are_judged_again_say_the_same(sample: Path) -> None:
    unverified = simulator("sla", "--month", "2026-11", "--format", "json", "--reports", str(sample))
    left = verified(sample)
    assert (left.out, left.err) == (unverified.out, "")
    assert len(json.loads(left.out)["alerts"]) == 7


def test_a_report_that_says_something_else_is_named_and_not_believed(sample: Path) -> None:
    truth = verified(sample).out
    report = sample / "sample" / REPORT
    tree = json.loads(report.read_text())
    tree["experiments"][1]["alerts"][0] |= {"outcome": "breached", "latency": None}
    report.write_text(json.dumps(tree))
    left = verified(sample)
    assert left.out == truth
    assert left.err.startswith("sample: its report does not say what its journal does; simulator report ")


def test_a_run_without_its_journal_is_not_counted(sample: Path) -> None:
    (sample / "sample" / JOURNAL).unlink()
    made = json.loads(verified(sample).out)
    assert (made["alerts"], made["unreadable"]) == ([], ["sample"])


def test_a_run_that_was_killed_is_named_and_counted_once_its_journal_is_judged(sample: Path) -> None:
    killed = sample / "killed"
    killed.mkdir()
    lines = (sample / "sample" / JOURNAL).read_bytes().splitlines(keepends=True)
    (killed / JOURNAL).write_bytes(b"".join(lines[: len(lines) // 2]))
    asked = ("sla", "--month", "2026-11", "--reports", str(sample))
    left = simulator(*asked, "--format", "json")
    assert (json.loads(left.out)["unjudged"], json.loads(left.out)["runs"]) == (["killed"], 1)
    assert "killed: it goes on, or was killed; simulator report killed judges" in simulator(*asked).out
    assert "killed" in simulator("history", "--reports", str(sample)).err
    made = json.loads(verified(sample).out)
    assert (made["unjudged"], made["runs"]) == ([], 2)
    assert simulator("report", "killed", "--reports", str(sample)).code == ExitCode.HARNESS
    made = json.loads(simulator(*asked, "--format", "json").out)
    assert (made["unjudged"], made["runs"]) == ([], 2)


def test_without_a_run_nothing_is_proven(tmp_path: Path) -> None:
    left = simulator("sla", "--reports", str(tmp_path))
    assert left.code == 3
    assert "Nothing proven" in left.out


def test_a_folder_that_cannot_be_written_is_read_all_the_same(reports: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(reports, copy)
    (copy / INDEX).unlink(missing_ok=True)
    (copy / INDEX).mkdir()  # as root no folder is read-only
    asked = ("sla", "--month", "2026-11", "--reports")
    assert simulator(*asked, str(copy)).out == simulator(*asked, str(reports)).out


def told_by(reports: Path) -> list[str]:
    """Everything that is counted, in every format."""
    asked = ("sla", "--month", "2026-11", "--reports", str(reports), "--format")
    return [simulator(*asked, format_).out for format_ in FORMATS]


def test_what_is_pruned_is_counted_all_the_same(tmp_path: Path) -> None:
    over = [run for run in drawn(11, 30) if run.started_epoch < time.time()]
    reports = kept(tmp_path / "reports", *over)
    before = told_by(reports)
    (reports / "run-0000" / "notes.txt").write_text("somebody's own")
    shown = simulator("prune", "--keep", "0d", "--dry-run", "--reports", str(reports))
    assert f"{len(over)} runs" in shown.out
    assert "would go" in shown.out
    assert len(list(reports.glob(f"*/{REPORT}"))) == len(over)
    assert simulator("prune", "--keep", "0d", "--reports", str(reports)).code == 0
    assert list(reports.glob(f"*/{REPORT}")) == []
    assert (reports / "run-0000" / "notes.txt").exists()
    assert told_by(reports) == before
    (reports / INDEX).unlink()
    assert told_by(reports) == before
    assert "0 runs" in simulator("prune", "--keep", "0d", "--reports", str(reports)).out


def test_breached_and_young_runs_are_kept_whole(tmp_path: Path) -> None:
    lately = time.time() - 3600
    runs = (run_of(1, (MET,)), run_of(2, (MISSED,)), run_of(3, (MET,), epoch=lately))
    reports = kept(tmp_path / "reports", *runs)
    long_ago = run_of(4, (MET,), epoch=lately - 400 * 86_400)
    kept(reports, long_ago)
    simulator("prune", "--keep", "300d", "--keep-breached", "--reports", str(reports))
    assert sorted(path.parent.name for path in reports.glob(f"*/{REPORT}")) == [
        "run-0001",
        "run-0002",
        "run-0003",
    ]
    simulator("prune", "--keep", "0d", "--keep-breached", "--reports", str(reports))
    assert [path.parent.name for path in reports.glob(f"*/{REPORT}")] == ["run-0002"]


@pytest.mark.parametrize("days", ["90", "-1d", "1h", "999999d"])
def test_how_long_is_said_in_days(tmp_path: Path, days: str) -> None:
    left = simulator("prune", "--keep", days, "--reports", str(tmp_path))
    assert left.code == 2
    assert "90d" in left.only_complaint


def test_the_page_leads_to_the_reports_of_what_was_missed(tmp_path: Path) -> None:
    reports = kept(tmp_path / "reports", run_of(1, (MET,)), run_of(2, (MISSED,)))
    page = simulator("sla", "--month", "2026-11", "--format", "html", "--reports", str(reports)).out
    assert '<a href="run-0002/report.html">report</a>' in page
    assert "run-0001/report.html" not in page
