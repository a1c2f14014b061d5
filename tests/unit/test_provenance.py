"""Where a run comes from: whom a report of months has to ask."""

import subprocess
from pathlib import Path

import pytest

from simulator.engine.provenance import commit_of, provenance
from simulator.plan.request import RunRequest


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder in a repository, with one experiment in it."""
    folder = tmp_path / "repository" / "scenarios"
    (folder / "experiments").mkdir(parents=True)
    (folder / "experiments" / "quiet.yaml").write_text("title: Nothing\n")
    for words in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"),
    ):
        subprocess.run(["git", "-C", str(folder.parent), *words], check=True, timeout=30)
    return folder


def test_the_commit_of_the_scenarios_and_whether_they_were_edited(scenarios: Path) -> None:
    commit = commit_of(scenarios)
    assert len(commit) >= 12
    assert not commit.endswith("+")
    (scenarios.parent / "elsewhere").write_text("not one of them")
    assert commit_of(scenarios) == commit
    (scenarios / "experiments" / "new.yaml").write_text("title: New\n")
    assert commit_of(scenarios) == f"{commit}+"


def test_outside_of_a_repository_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit_of(tmp_path) == ""
    assert commit_of(tmp_path / "missing") == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path) == ""


@pytest.mark.parametrize(
    ("slot", "environ", "by"),
    [
        ("", {}, "hand"),
        ("", {"CI": "false"}, "hand"),
        ("", {"CI": "true"}, "ci"),
        ("weekly/2026-11-03T09:00:00Z", {"CI": "true"}, "schedule"),
    ],
)
def test_by_what_it_was_started(slot: str, environ: dict[str, str], by: str, tmp_path: Path) -> None:
    found = provenance(RunRequest(gameday="smoke", slot=slot, scenarios=tmp_path), environ)
    assert (found.by, found.slot) == (by, slot)
    assert found.who
    assert found.where
