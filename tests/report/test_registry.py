"""One new file adds a format; two of one name are refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator.report as package
from simulator.base.errors import HarnessError
from simulator.report import formats, write_reports
from tests.report.samples import SAMPLES

SOURCE = """
from simulator.report.contract import Format
FORMAT = Format(name="{name}", filename="{filename}", render=lambda verdict: verdict.outcome.encode())
"""


@pytest.fixture
def extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files count as part of the package, for one test."""
    folder = tmp_path / "extra"
    folder.mkdir()
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    formats.cache_clear()
    yield folder
    formats.cache_clear()


def test_a_file_dropped_into_the_folder_is_a_format(extra: Path, tmp_path: Path) -> None:
    (extra / "one_word.py").write_text(SOURCE.format(name="one-word", filename="outcome.txt"))
    write_reports(SAMPLES["breached"], tmp_path / "run")
    assert (tmp_path / "run" / "outcome.txt").read_text() == "breached"


@pytest.mark.parametrize(
    ("module", "name", "filename"),
    [("same_name", "json", "other.json"), ("same_file", "other", "report.json")],
)
def test_a_name_or_a_file_claimed_twice_is_refused(
    extra: Path, module: str, name: str, filename: str
) -> None:
    (extra / f"{module}.py").write_text(SOURCE.format(name=name, filename=filename))
    with pytest.raises(HarnessError, match=rf"the second is in simulator\.report\.{module}$"):
        formats()
