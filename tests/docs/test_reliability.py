"""The reliability page promises what tests hold: those it names are there, and as many as it says."""

import re

import pytest

from tests.checkout import ROOT
from tests.crash.conftest import FEW_ENDS, SAMPLE
from tests.crash.ends import ENDS
from tests.crash.points import points
from tests.mutants.conftest import SAMPLE as FEW_MUTANTS
from tests.mutants.mutant import mutants

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w./]+)`", PAGE))))
def test_what_holds_a_promise_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    "said",
    [
        f"{SAMPLE} of {len(points())} points in each gate",
        f"{FEW_ENDS} of {len(ENDS)} in each gate",
        f"broken in {len(mutants())} ways",
        f"{FEW_MUTANTS} in each gate, all with `make mutants`",
    ],
)
def test_there_are_as_many_as_it_says(said: str) -> None:
    assert said in PAGE


@pytest.mark.parametrize("name", sorted(set(re.findall(r"mutants? `([\w-]+)`", PAGE))))
def test_a_mutant_that_is_named_exists(name: str) -> None:
    assert name in mutants()
