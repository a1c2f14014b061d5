"""Each mutant turns the verdict away from `met`, and for the reason that is the true one."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from tests.conftest import MUTANT_CAUGHT
from tests.mutants.lab import Lab, said
from tests.mutants.mutant import API_KILLED, Mutant, mutants

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(1000)]

FEWEST = 30


@pytest.fixture
def lab(unlearned_stack: StackInfo, tmp_path: Path) -> Lab:
    return Lab(unlearned_stack, tmp_path)


def test_there_are_enough_of_them() -> None:
    assert len(mutants()) >= FEWEST


def test_without_any_harm_the_verdict_is_met(lab: Lab) -> None:
    verdict = lab.run(Mutant("none", lambda _: None, "breached", "", API_KILLED))
    assert (said(verdict), verdict.outcome, verdict.exit_code) == ("", "met", ExitCode.MET)


def test_a_mutant_is_caught(lab: Lab, mutant: Mutant, record_property: Callable[[str, object], None]) -> None:
    verdict = lab.run(mutant)
    caught = verdict.outcome == mutant.outcome and re.search(mutant.says, said(verdict)) is not None
    record_property(MUTANT_CAUGHT, caught)
    assert caught, f"{verdict.outcome}: {said(verdict)}"
    assert verdict.exit_code != ExitCode.MET
    assert bool(verdict.left_injected) == (mutant.name == "undo-skipped")
