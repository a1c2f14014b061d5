"""Raw samples are asked for from the fault of this round on."""

from simulator.engine.evidence import requested_at
from simulator.journal.facts import ExperimentStarted, FaultRequested
from simulator.journal.file import Journal
from simulator.plan.build import SCENARIOS
from simulator.plan.catalogue import Catalogue
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors, journal_in_memory

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
