"""A host that was given, or left in the surroundings: the game day measures on its environment's stack all the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.facts import GateChecked
from tests.e2e.conftest import GameDayProcess

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(400)]

QUIET = """\
title: To the canary and no further
observe: 10m
"""


def test_the_canary_arrives_when_the_traffic_goes_to_a_host_that_was_given(
    stack: StackInfo,
    game_day: Callable[..., GameDayProcess],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = tmp_path / "quiet.yaml"
    experiment.write_text(QUIET)
    monkeypatch.setenv("LOCUST_HOST", stack.url("api"))
    run = game_day(str(experiment))
    run.await_fact(lambda fact: isinstance(fact, GateChecked) and fact.gate == "canary" and fact.passed)
