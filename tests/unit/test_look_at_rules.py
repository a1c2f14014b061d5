"""What preflight writes down of rules and routes before the first fault."""

import dataclasses

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager, Silence
from simulator.doors.prometheus import LoadedRecording, LoadedRule, Prometheus, Series
from simulator.journal.facts import RuleSeen, RuleSetSeen
from simulator.journal.loaded import ProgramsSeen, RouteSeen
from simulator.plan.models import Experiment, Plan
from simulator.preflight import look_at_rules
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors, journal_in_memory
from tests.fakes.journals import plan

ROUTES = """
route:
  receiver: simulator-critical
  routes: [{receiver: nobody, matchers: [job=db]}]
receivers:
  - {name: simulator-critical, webhook_configs: [{url: "http://127.0.0.1:9099/api/v1/webhook/critical"}]}
  - {name: nobody}
"""


class ScriptedPrometheus(Prometheus):
    """Has these rules, and one series, of a job."""

    def __init__(self, *rules: LoadedRule) -> None:
        super().__init__(NOWHERE)
        self._rules = list(rules)
        self.says_version = True

    async def rules(self) -> list[LoadedRule]:
        return self._rules

    async def recordings(self) -> list[LoadedRecording]:
        return []

    async def version(self) -> str:
        if not self.says_version:
            raise DoorError("Prometheus answered 404")
        return "2.42.0"

    async def query(self, expr: str) -> list[Series]:  # noqa: ARG002  the same for all
        return [Series(labels={"__name__": "up", "job": "api"}, samples=((0.0, 1.0),))]


class ScriptedAlertmanager(Alertmanager):
    """Has the routes above, and no silences."""

    async def configuration(self) -> str:
        return ROUTES

    async def silences(self) -> list[Silence]:
        return []

    async def versions(self) -> dict[str, str]:
        return {"b": "0.25.0", "a": "0.27.0"}


def rule(hold: float, health: str = "ok") -> LoadedRule:
    return LoadedRule(
        alert="Down",
        expr="up == 0",
        hold=hold,
        labels={"severity": "critical"},
        health=health,
        error="",
        interval=2.0,
    )


def asked() -> Plan:
    must = [{"alert": "Down", "severity": "critical"}]
    faults = [{"fault": "service-kill", "service": "postgres"}]
    return plan(Experiment.model_validate({"name": "x", "title": "x", "faults": faults, "must": must}))


def doors(*rules: LoadedRule) -> Doors:
    return dataclasses.replace(
        fake_doors(FakeClock(), FakeServices()),
        prometheus=ScriptedPrometheus(*rules),
        alertmanager=ScriptedAlertmanager(NOWHERE),
    )


async def test_of_two_rules_with_one_name_and_the_same_labels_both_are_written_down() -> None:
    there = doors(rule(0.0), rule(10.0, health="err"), rule(0.0))
    journal = journal_in_memory(there.clock)
    await look_at_rules(asked(), there, journal)
    seen = [fact for fact in journal.facts if isinstance(fact, RuleSeen)]
    assert sorted((fact.health, fact.at_least) for fact in seen) == [("err", 40.0), ("ok", 30.0)]


async def test_the_routes_of_instances_that_are_yet_to_come_are_written_down_too() -> None:
    there = doors(rule(0.0))
    journal = journal_in_memory(there.clock)
    await look_at_rules(asked(), there, journal)
    seen = [fact for fact in journal.facts if isinstance(fact, RouteSeen)]
    assert [(fact.labels.get("job"), fact.receiver, fact.ours) for fact in seen] == [
        ("api", "simulator-critical", True),
        (None, "nobody", False),
        (None, "simulator-critical", True),
    ]


async def test_what_is_judged_is_told_by_version_and_by_digest() -> None:
    there = doors(rule(0.0), rule(10.0))
    journal = journal_in_memory(there.clock)
    await look_at_rules(asked(), there, journal)
    (programs,) = [fact for fact in journal.facts if isinstance(fact, ProgramsSeen)]
    assert (programs.prometheus, programs.alertmanagers) == ("2.42.0", ("0.27.0", "0.25.0"))
    (loaded,) = [fact for fact in journal.facts if isinstance(fact, RuleSetSeen)]
    seen = [fact for fact in journal.facts if isinstance(fact, RuleSeen)]
    assert len(set(loaded.digests)) == len(loaded.rules) == len({fact.digest for fact in seen} - {""})
    assert all(fact.digest for fact in journal.facts if isinstance(fact, RouteSeen))


async def test_a_prometheus_that_does_not_say_its_version_is_no_reason_to_end_a_run() -> None:
    there = doors(rule(0.0))
    assert isinstance(there.prometheus, ScriptedPrometheus)
    there.prometheus.says_version = False
    journal = journal_in_memory(there.clock)
    await look_at_rules(asked(), there, journal)
    assert [fact.prometheus for fact in journal.facts if isinstance(fact, ProgramsSeen)] == [""]
