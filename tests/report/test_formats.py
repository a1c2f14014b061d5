"""Every format is held to the same promises, on every sample."""

import errno
import os
from pathlib import Path

import pytest

from simulator.base.errors import BadInput, HarnessError
from simulator.judge.verdict import RunVerdict
from simulator.report import Format, format_named, formats, write_reports
from tests.report.samples import SAMPLES

DOCS = Path(__file__).parents[2] / "docs" / "report.md"
EVERY = [(name, sample) for name in formats() for sample in SAMPLES]


def test_the_formats_are_found_without_being_listed_anywhere() -> None:
    assert set(formats()) == {"chat", "html", "json", "junit", "openmetrics", "summary", "text"}


@pytest.mark.parametrize(("name", "sample"), EVERY)
def test_the_same_verdict_gives_the_same_bytes(name: str, sample: str) -> None:
    verdict = SAMPLES[sample]
    again = RunVerdict.model_validate_json(verdict.model_dump_json())
    first = formats()[name].render(verdict)
    assert first
    assert first == formats()[name].render(again)


def test_each_format_writes_a_file_of_its_own() -> None:
    names = [one.filename for one in formats().values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", list(formats()))
def test_each_format_is_documented(name: str) -> None:
    assert f"`{formats()[name].filename}`" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "sample"), [(name, sample) for name, sample in EVERY if name not in ("junit", "chat")]
)
def test_no_alert_and_no_outcome_is_left_out(name: str, sample: str) -> None:
    verdict = SAMPLES[sample]
    shown = formats()[name].render(verdict).decode()
    assert verdict.outcome in shown
    for experiment in verdict.experiments:
        assert experiment.name in shown
        assert all(alert.alert in shown for alert in experiment.alerts)


def test_an_unknown_format_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'html'"):
        format_named("htm")


def test_write_reports_leaves_every_file_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "run"
    written = write_reports(SAMPLES["all_met"], folder)
    assert sorted(written) == sorted(folder.iterdir())
    assert {path.name for path in written} == {one.filename for one in formats().values()}


def test_a_second_report_replaces_the_first_whole(tmp_path: Path) -> None:
    write_reports(SAMPLES["all_met"], tmp_path)
    write_reports(SAMPLES["empty"], tmp_path)
    assert (tmp_path / "report.json").read_bytes() == formats()["json"].render(SAMPLES["empty"])


def test_a_folder_that_cannot_be_made_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(HarnessError, match=r"taken.*cannot be written"):
        write_reports(SAMPLES["empty"], tmp_path / "taken" / "run")


def test_a_disk_that_is_full_is_said_and_leaves_no_half_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, _: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HarnessError, match="No space left on device"):
        write_reports(SAMPLES["empty"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_format_is_a_plain_value() -> None:
    assert format_named("json") == Format("json", "report.json", format_named("json").render)
