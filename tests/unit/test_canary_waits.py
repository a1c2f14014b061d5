"""The canary may join a group that Alertmanager holds back: its gate waits for that, and no longer."""

from dataclasses import dataclass, field

import pytest

from simulator.base.clock import RunClock
from simulator.engine.gates import Gates
from simulator.engine.watch import Watch
from simulator.journal.facts import GateChecked, Page
from simulator.journal.file import Journal
from simulator.observers import Scene
from simulator.plan.build import build_plan
from simulator.plan.judged import Judged
from simulator.plan.models import Plan
from simulator.plan.policy import CANARY
from simulator.plan.request import RunRequest
from simulator.preflight.routing import Routes
from tests.fakes.clock import START, FakeClock
from tests.fakes.doors import FakeServices, fake_doors, journal_in_memory
from tests.fakes.journals import page, plan
from tests.fakes.surroundings import erpgo_with

HAS_IT = "Alertmanager has it, the receiver does not"


@dataclass
class HeldBack:
    """A canary whose page comes so many seconds after it was sent: another alert of its group was told just before."""

    journal: Journal
    clock: RunClock
    seconds: float
    sent: float = field(default=0.0, init=False)
    called_back: bool = field(default=False, init=False)

    async def send(self) -> None:
        self.sent = self.clock.elapsed()

    async def call_back(self) -> None:
        self.called_back = True

    async def how_far(self) -> str:
        if self.clock.elapsed() - self.sent < self.seconds:
            return HAS_IT
        arrived = page(CANARY, self.clock.elapsed())
        assert isinstance(arrived, Page)
        self.journal.write(arrived)
        return "the receiver has it since this moment"


def planned(configuration: str, scraped_every: float) -> Plan:
    """A run on a system with these routes; without any, on a stack of ours."""
    stack = plan().stack
    told_within = (
        Routes.read(configuration, Judged(routes_by_severity=False)).slowest if configuration else None
    )
    judged = stack.judged.model_copy(update={"told_within": told_within})
    facts = stack.model_copy(update={"judged": judged, "scrape_interval": scraped_every})
    return build_plan(RunRequest(gameday="smoke"), erpgo_with(facts), START)


HOLDS = "route: {receiver: page, group_wait: 1s, group_interval: 5m}\nreceivers: [{name: page}]\n"
NESTED = """\
route:
  receiver: page
  group_interval: 10s
  routes: [{matchers: ['team="shop"'], group_interval: 4m}]
receivers: [{name: page}]
"""


@pytest.mark.parametrize(
    ("configuration", "scraped_every", "after", "passed"),
    [
        ("", 2.0, 14.0, True),
        ("", 2.0, 16.0, False),
        (HOLDS, 2.0, 300.0, True),
        (HOLDS, 2.0, 314.0, True),
        (HOLDS, 2.0, 316.0, False),
        (NESTED, 2.0, 254.0, True),
        (NESTED, 2.0, 256.0, False),
        # One that Prometheus has to scrape first comes to the group that much later.
        (HOLDS, 30.0, 434.0, True),
        (HOLDS, 30.0, 436.0, False),
    ],
)
async def test_a_canary_that_joins_a_group(
    configuration: str, scraped_every: float, after: float, *, passed: bool
) -> None:
    asked, doors = planned(configuration, scraped_every), fake_doors(FakeClock(), FakeServices())
    journal = journal_in_memory(doors.clock)
    canary = HeldBack(journal, doors.clock, after)
    gates = Gates(asked, doors, journal, Watch(Scene(asked, doors), journal))
    assert await gates.canary(canary) == passed
    (gate,) = (fact for fact in journal.facts if isinstance(fact, GateChecked))
    assert (gate.gate, gate.passed) == ("canary", passed)
    assert gate.waited == pytest.approx(after, abs=2.0)
    assert gate.observed == ("nothing in the way" if passed else HAS_IT)
    assert canary.called_back
