"""An undo of a target by its name alone: what a guard runs, whenever its engine dies."""

from pathlib import Path

from tests.cli.commands import simulator

NAME = "attached-0123abcd"


def test_a_run_that_died_before_it_could_inject_has_left_nothing(tmp_path: Path) -> None:
    (tmp_path / "simulator" / NAME).mkdir(parents=True)
    left = simulator("undo", "--environment", NAME, state=tmp_path)
    assert (left.code, left.out) == (0, "nothing is injected\n")


def test_a_name_under_which_no_run_has_begun_is_no_answer(tmp_path: Path) -> None:
    left = simulator("undo", "--environment", NAME, state=tmp_path)
    assert left.code == 2
    assert f"unknown environment '{NAME}'" in left.complaint
