"""Raw samples are asked for from the fault of this round on, and only those of the alert that is meant."""

import dataclasses
from collections.abc import Sequence

import pytest

from simulator.base.clock import RunClock
from simulator.doors.labels import SeverityLabel
from simulator.doors.prometheus import Prometheus, Series
from simulator.engine.evidence import gather, requested_at
from simulator.erpgo.files import SCENARIOS
from simulator.journal.facts import Evidence, ExperimentStarted, FaultRequested, RuleSeen, RuleSetSeen
from simulator.journal.file import Journal
from simulator.plan.catalogue import Catalogue
from simulator.plan.identity import Identity
from simulator.plan.models import Experiment
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors, journal_in_memory

NAME = "cascade"
(EXPERIMENT,) = Catalogue.of(SCENARIOS).resolve(NAME)[1]


async def one_round(clock: FakeClock, journal: Journal, name: str = NAME) -> None:
    with journal.of(name):
        journal.write(ExperimentStarted())
        for number in (1, 2):
            await clock.sleep(10)
            journal.write(FaultRequested(fault="cache-flood", id=f"simulator-{number}"))


async def test_the_first_fault_of_the_latest_round() -> None:
    clock = FakeClock()
    journal = journal_in_memory(fake_doors(clock, FakeServices()).clock)
    assert requested_at(journal, EXPERIMENT) is None
    await one_round(clock, journal)
    assert requested_at(journal, EXPERIMENT) == 10
    await one_round(clock, journal)
    await one_round(clock, journal, "control")
    assert requested_at(journal, EXPERIMENT) == 30


async def test_a_round_without_a_fault_has_none() -> None:
    clock = FakeClock()
    journal = journal_in_memory(fake_doors(clock, FakeServices()).clock)
    await one_round(clock, journal)
    with journal.of(NAME):
        journal.write(ExperimentStarted())
    assert requested_at(journal, EXPERIMENT) is None


class TwoJobs(Prometheus):
    """Job a went down at 105, job b at 120."""

    async def query(self, expr: str) -> list[Series]:
        if expr.startswith("ALERTS"):
            return []
        went = {"a": 105.0, "b": 120.0}
        return [
            Series(labels={"__name__": "up", "job": job}, samples=((104.0, 1.0), (when, 0.0)))
            for job, when in went.items()
        ]


async def when_true(jobs: Sequence[str], **own: str) -> dict[str, float | None]:
    """When the expression became true for each job that an expectation names; `own` are labels that the rule sets."""
    labels = {"severity": "critical", **own}
    must = [{"alert": "Down", "severity": "critical", "labels": {"job": job}} for job in jobs]
    faults = [{"fault": "service-kill", "service": "postgres"}]
    experiment = Experiment.model_validate({"name": NAME, "title": "x", "faults": faults, "must": must})
    clock = FakeClock()
    doors = dataclasses.replace(
        fake_doors(clock, FakeServices()), prometheus=TwoJobs(NOWHERE), clock=RunClock(clock)
    )
    journal = journal_in_memory(doors.clock)
    journal.write(RuleSeen(alert="Down", loaded=True, severity="critical", labels=labels, expr="up == 0"))
    await one_round(clock, journal)
    await gather(doors, journal, experiment)
    seen = [fact for fact in journal.facts if isinstance(fact, Evidence) and fact.mark == "true"]
    return {fact.labels["job"]: fact.epoch for fact in seen}


class Urgent(Prometheus):
    """An alert has fired from 107 on; what it is asked for has to have the labels that it has there."""

    def __init__(self, label: str) -> None:
        super().__init__(NOWHERE, SeverityLabel(label))
        self.label = label

    async def query(self, expr: str) -> list[Series]:
        mine = f'alertname="Down",alertstate="firing",job="a \\"b\\"",{self.label}="critical"'
        return [Series(labels={}, samples=((107.0, 1.0), (108.0, 1.0)))] if mine in expr else []


@pytest.mark.parametrize("label", ["severity", "sev", "a_label"])
async def test_alerts_are_asked_for_by_the_name_that_severity_has_there(label: str) -> None:
    must = [{"alert": "Down", "severity": "critical", "labels": {"job": 'a "b"'}}]
    faults = [{"fault": "service-kill", "service": "postgres"}]
    experiment = Experiment.model_validate({"name": NAME, "title": "x", "faults": faults, "must": must})
    clock = FakeClock()
    doors = dataclasses.replace(
        fake_doors(clock, FakeServices()), prometheus=Urgent(label), clock=RunClock(clock)
    )
    journal = journal_in_memory(doors.clock)
    known = tuple(Identity.of("Down", {"severity": one}) for one in ("critical", "warning"))
    journal.write(RuleSetSeen(name="x", digest="0", alerts=("Down", "Down"), rules=known))
    await one_round(clock, journal)
    await gather(doors, journal, experiment)
    (seen,) = (fact for fact in journal.facts if isinstance(fact, Evidence) and fact.mark == "firing")
    assert (seen.epoch, dict(seen.labels)["severity"]) == (107.0, "critical")


async def test_each_of_two_alerts_of_one_rule_has_its_own_moment() -> None:
    assert await when_true(["a", "b", "c"]) == {"a": 105.0, "b": 120.0, "c": None}


async def test_a_label_that_the_rule_sets_is_not_asked_of_its_series() -> None:
    assert await when_true(["shop"], job="shop") == {"shop": 105.0}
