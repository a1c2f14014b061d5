"""A load generator that is lost or joins while an experiment is judged: the verdict says so, and proves nothing."""

from typing import Literal

import pytest

from simulator.base.errors import ExitCode
from simulator.journal.fitness import GeneratorsChanged
from simulator.report import ending
from tests.fakes.journals import BITES, EXPERIMENT, at, causes, judged, met_journal


def changed(change: Literal["lost", "joined"], share: float = 0.5) -> GeneratorsChanged:
    return GeneratorsChanged(change=change, generator=1, left=1, silent=3.5, share=share)


@pytest.mark.parametrize("change", ["lost", "joined"])
def test_it_makes_the_experiment_inconclusive_for_that_reason(change: Literal["lost", "joined"]) -> None:
    verdict, experiment = judged([*met_journal(), at(changed(change), BITES + 10.0, "")])
    assert (experiment.outcome, verdict.exit_code) == ("inconclusive", ExitCode.INCONCLUSIVE)
    assert causes(experiment) == [("", "generators-changed")]


def test_a_generator_that_carried_next_to_nothing_is_named_and_does_not_matter() -> None:
    verdict, experiment = judged([*met_journal(), at(changed("lost", 0.04), BITES + 10.0, "")])
    assert (experiment.outcome, verdict.exit_code) == ("met", ExitCode.MET)
    assert verdict.generators[0].since == pytest.approx(BITES + 6.5)
    assert "UTC: load generator 1, which carried 4% of the arrivals, was lost; 1 left" in ending(verdict)


def test_where_no_traffic_is_needed_it_does_not_matter() -> None:
    needs = EXPERIMENT.needs.model_copy(update={"requests": 0.0, "counted": {}})
    journal = met_journal(EXPERIMENT.model_copy(update={"needs": needs}))
    _, experiment = judged([*journal, at(changed("lost"), BITES + 10.0, "")])
    assert experiment.outcome == "met"


def test_before_the_experiment_it_is_named_and_does_not_matter() -> None:
    verdict, experiment = judged([*met_journal(), at(changed("lost"), 5.0, "")])
    assert experiment.outcome == "met"
    assert len(verdict.generators) == 1
