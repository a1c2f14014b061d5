"""Where the system has to come back by itself, its healing is timed and judged like a page."""

import pytest

from simulator.journal.facts import AnyFact, FaultUndone
from simulator.judge.causes import Cause
from simulator.judge.verdict import HealingVerdict
from simulator.plan.models import Experiment
from tests.fakes.journals import BITES, EXPERIMENT, causes, check, judged, met_journal, without

LIMIT = 15.0
CRASHED = Experiment.model_validate(
    EXPERIMENT.model_dump(exclude={"faults"})
    | {"faults": [{"fault": "container-crash", "service": "postgres", "heals_within": LIMIT}]}
)


def healed(when: float, *, ok: bool = True, took: float = 0.01) -> AnyFact:
    return check(BITES + when, ok=ok, question="healed", took=took)


def healing(*looks: AnyFact) -> tuple[HealingVerdict, str, list[tuple[str, Cause | None]]]:
    """The healing, the experiment's outcome, and why."""
    _, experiment = judged([*met_journal(CRASHED), *looks])
    verdict = experiment.faults[0].healing
    assert verdict is not None
    return verdict, experiment.outcome, causes(experiment)


def test_it_is_timed_from_the_start_of_the_effective_interval() -> None:
    verdict, outcome, _ = healing(healed(2.0, ok=False), healed(3.0))
    assert (verdict.outcome, verdict.cause, outcome) == ("met", "healed", "met")
    assert verdict.latency == pytest.approx(3.0)
    assert verdict.uncertainty == pytest.approx(1.01)


def test_a_system_that_stays_down_is_a_breach_with_what_was_seen() -> None:
    verdict, outcome, why = healing(healed(2.0, ok=False), healed(30.0, ok=False))
    assert (verdict.outcome, outcome) == ("breached", "breached")
    assert why == [("service-kill", "not-healed")]


def test_late_is_a_breach() -> None:
    verdict, outcome, why = healing(healed(16.0, ok=False), healed(16.5))
    assert (verdict.outcome, outcome) == ("breached", "breached")
    assert why == [("service-kill", "late")]
    assert verdict.latency == pytest.approx(16.5)


def test_a_look_that_straddles_the_limit_is_inconclusive() -> None:
    verdict, outcome, why = healing(healed(14.0, ok=False), healed(16.0))
    assert (verdict.outcome, outcome) == ("inconclusive", "inconclusive")
    assert why == [("service-kill", "unsure")]


def test_no_look_at_all_is_never_met() -> None:
    verdict, outcome, why = healing()
    assert (verdict.outcome, outcome) == ("inconclusive", "inconclusive")
    assert why == [("service-kill", "unseen")]


def test_what_the_undo_brought_back_has_not_healed() -> None:
    _, experiment = judged([*without(met_journal(CRASHED), FaultUndone), healed(2.0, ok=False)])
    assert experiment.faults[0].healing is not None
    assert experiment.faults[0].healing.outcome == "breached"


def test_faults_that_need_not_heal_are_not_asked() -> None:
    _, experiment = judged(met_journal())
    assert experiment.faults[0].healing is None
