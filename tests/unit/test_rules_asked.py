"""The rules are asked once more while the fault still bites: one request, and what it says of those loaded before."""

import dataclasses

import pytest

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.prometheus import EvaluatedRule, Prometheus
from simulator.engine.rules import ask_rules
from simulator.journal.facts import RuleSetSeen
from simulator.journal.loaded import RulesAsked, Unwell
from simulator.plan.identity import Identity
from simulator.plan.models import Experiment
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors, journal_in_memory
from tests.fakes.journals import EXPERIMENT

CRITICAL = {"severity": "critical"}
DOWN, IDLE = (Identity.of(name, CRITICAL) for name in ("Down", "Idle"))


def rule(name: str, health: str = "ok", error: str = "", *, is_alert: bool = True) -> EvaluatedRule:
    labels = CRITICAL if is_alert else {}
    return EvaluatedRule(name=name, is_alert=is_alert, labels=labels, health=health, error=error)


class ScriptedPrometheus(Prometheus):
    """Has these rules, and does not answer the first few times."""

    def __init__(self, *rules: EvaluatedRule, silent: int = 0) -> None:
        super().__init__(NOWHERE)
        self.rules_there = rules
        self.silent = silent
        self.asked = 0

    async def evaluated(self) -> list[EvaluatedRule]:
        self.asked += 1
        if self.asked <= self.silent:
            raise DoorError("Prometheus did not answer")
        return list(self.rules_there)


async def told(prometheus: ScriptedPrometheus, experiment: Experiment = EXPERIMENT) -> RulesAsked:
    clock = FakeClock()
    doors: Doors = dataclasses.replace(
        fake_doors(clock, FakeServices()), prometheus=prometheus, clock=RunClock(clock)
    )
    journal = journal_in_memory(doors.clock)
    journal.write(RuleSetSeen(name="x", digest="0", alerts=("Down", "Idle"), rules=(DOWN, IDLE)))
    await ask_rules(doors, journal, experiment, lost=5.0)
    (fact,) = [fact for fact in journal.facts if isinstance(fact, RulesAsked)]
    return fact


@pytest.mark.parametrize(
    ("rules", "unwell"),
    [
        ((rule("Down"), rule("Idle"), rule("rate", is_alert=False)), ()),
        (
            (rule("Down", "unknown"), rule("Idle", "err", "many\n to many")),
            (
                Unwell(rule=DOWN, health="unknown"),
                Unwell(rule=IDLE, health="err", error="many to many"),
            ),
        ),
        ((rule("Down"),), (Unwell(rule=IDLE, health="gone"),)),
        ((rule("Down"), rule("Idle"), rule("DeployedByMistake", "err")), ()),
        (
            (rule("Down"), rule("Idle"), rule("rate", "err", is_alert=False)),
            (Unwell(rule=Identity(alert="rate"), health="err"),),
        ),
    ],
    ids=["all well", "failing", "no longer loaded", "new since then", "a recording"],
)
async def test_what_is_not_evaluated_is_written_down(
    rules: tuple[EvaluatedRule, ...], unwell: tuple[Unwell, ...]
) -> None:
    prometheus = ScriptedPrometheus(*rules)
    assert (await told(prometheus)).unwell == unwell
    assert prometheus.asked == 1


async def test_a_prometheus_that_is_away_for_a_moment_is_asked_again() -> None:
    fact = await told(ScriptedPrometheus(rule("Down"), rule("Idle"), silent=3))
    assert (fact.error, fact.unwell) == ("", ())
    fact = await told(ScriptedPrometheus(silent=1000))
    assert fact.error == "Prometheus did not answer"


async def test_one_that_its_own_fault_took_away_is_asked_once() -> None:
    killed = Experiment.model_validate(
        {"name": "x", "title": "x", "faults": [{"fault": "service-kill", "service": "prometheus"}]}
    )
    prometheus = ScriptedPrometheus(silent=1000)
    assert (await told(prometheus, killed)).error == "Prometheus did not answer"
    assert prometheus.asked == 1
