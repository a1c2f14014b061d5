"""Experiments and game days of the user's own come first, and a game day brings its own along."""

from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.plan.catalogue import Catalogue, catalogue


def written(folder: Path, files: dict[str, str]) -> Path:
    """A folder of scenarios: texts by their paths below it, without the ending."""
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    files = {
        "experiments/quiet": "title: Our quiet",
        "experiments/demo": "title: Hides a game day",
        "gamedays/day": "title: Our day\nexperiments: [quiet, api-killed]",
    }
    return written(tmp_path / "own", files)


def test_a_name_of_the_users_hides_ours_whatever_it_is(own: Path) -> None:
    known = catalogue(own)
    assert known.resolve("quiet")[0].title == "Our quiet"
    assert known.resolve("demo")[0].title == "Hides a game day"
    assert "demo" not in known.game_days
    assert "smoke" in known.game_days


def test_everything_says_where_it_comes_from(own: Path) -> None:
    known = catalogue(own)
    assert known.where("quiet") == str(own / "experiments")
    assert known.where("day") == str(own / "gamedays")
    assert {known.where(name) for name in ("smoke", "api-killed")} == {"erpgo"}


def test_without_folders_of_the_users_there_is_what_is_installed(tmp_path: Path) -> None:
    assert catalogue(tmp_path).names() == catalogue(tmp_path / "..").names()
    with pytest.raises(BadInput, match="there is no such folder; it holds experiments/ and gamedays/"):
        catalogue(tmp_path / "nosuch")


def test_a_game_day_takes_what_lies_beside_it_before_what_is_known(own: Path, tmp_path: Path) -> None:
    files = {
        "gamedays/another": "title: Another day\nexperiments: [quiet, api-killed, near]",
        "gamedays/near": "title: In the same folder",
        "experiments/quiet": "title: Its own quiet",
    }
    other = written(tmp_path / "other", files)
    game_day, experiments = catalogue(own).resolve(str(other / "gamedays" / "another.yaml"))
    assert (game_day.name, game_day.title) == ("another", "Another day")
    titles = [one.title for one in experiments]
    assert titles == ["Its own quiet", "The API is killed and held down", "In the same folder"]


def test_a_game_day_of_ours_keeps_its_own_experiments(own: Path) -> None:
    written(own, {"experiments/postgres-killed": "title: Nothing is killed"})
    known = catalogue(own)
    (ours,) = (one for one in known.resolve("smoke")[1] if one.name == "postgres-killed")
    assert ours.faults
    assert not known.resolve("postgres-killed")[1][0].faults


def test_an_experiment_by_path_is_a_game_day_of_its_own(own: Path) -> None:
    game_day, (experiment,) = Catalogue.of(own).resolve(str(own / "experiments" / "quiet.yaml"))
    assert game_day.experiments == ("quiet",)
    assert experiment.title == "Our quiet"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title: x\nexperiments: [nosuch]", "unknown experiment 'nosuch'"),
        ("title: x\nexperiments: []", "experiments: Tuple should have at least 1 item"),
        ("title: x\nexperimens: [quiet]", "unknown key"),
        ("- x", "expected keys and values"),
    ],
)
def test_a_file_that_is_neither_is_refused_with_its_line(own: Path, text: str, complaint: str) -> None:
    path = written(own, {"odd": text}) / "odd.yaml"
    with pytest.raises(BadInput, match=complaint):
        catalogue(own).resolve(str(path))
