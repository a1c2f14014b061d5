"""What tests change in an engine's code is there to be changed: a gate that draws a few of them tries them all on paper."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.crash.points import MOMENTS, Moment
from tests.fakes.engine_copy import EngineCopy, hasty_engine
from tests.fakes.stack_info import stack_info
from tests.mutants.mutant import Mutant, mutants
from tests.mutants.sabotage import Sabotage

OF_THE_ENGINE = [mutant for mutant in mutants().values() if "engine" in mutant.harm.__code__.co_names]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> EngineCopy:
    return hasty_engine(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
def test_an_engine_can_die_at_each_moment(copy: EngineCopy, moment: Moment) -> None:
    before = (copy.root / moment.path).read_text(encoding="utf-8")
    try:
        copy.insert(moment.path, moment.line, "raise SystemExit")
        compile((copy.root / moment.path).read_text(encoding="utf-8"), moment.path, "exec")
    finally:
        (copy.root / moment.path).write_text(before, encoding="utf-8")


@pytest.mark.parametrize("mutant", OF_THE_ENGINE, ids=lambda mutant: mutant.name)
def test_a_mutant_has_something_to_change(mutant: Mutant, tmp_path: Path) -> None:
    with ExitStack() as until_the_end:
        harm = Sabotage(stack_info(tmp_path), tmp_path, until_the_end)
        mutant.harm(harm)
        assert harm.root != ROOT


def test_the_mutants_of_the_engine_were_found() -> None:
    assert {"undo-skipped", "clock-skewed"} <= {mutant.name for mutant in OF_THE_ENGINE}
