"""A wave of experiments in which one fails: the others end, and its reason is the wave's."""

import asyncio
from typing import cast

import pytest

from simulator.base.clock import RunClock
from simulator.base.errors import Unsafe
from simulator.engine.experiment import Act, Equipment, run_wave
from simulator.engine.gates import Gates
from simulator.engine.injection import Injector
from simulator.engine.watch import Watch
from simulator.journal.facts import ExperimentEnded
from simulator.plan.models import Experiment
from simulator.plan.policy import TODAY
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors, journal_in_memory


class OneFails:
    """Gates at which the experiment `fails` is stopped, and every other waits for ever."""

    async def steady(self, experiment: Experiment) -> bool:
        if experiment.name == "fails":
            await asyncio.sleep(0)
            raise Unsafe("prometheus has been lost")
        return await asyncio.Event().wait()


async def test_the_reason_is_the_failures_and_not_the_others_cancellation() -> None:
    clock = FakeClock()
    doors, journal = fake_doors(clock, FakeServices()), journal_in_memory(RunClock(clock))
    gates, injector, watch = cast("Gates", OneFails()), cast("Injector", None), cast("Watch", None)
    equipment = Equipment(doors, journal, gates, injector, watch, check_time=lambda _: None, policy=TODAY)
    acts = [Act(Experiment(name=name, title=name), (), 0.0) for name in ("waits", "fails")]
    async with asyncio.timeout(5):
        with pytest.raises(Unsafe, match="prometheus has been lost"):
            await run_wave(equipment, acts)
    ended = {fact.experiment: fact.status for fact in journal.facts if isinstance(fact, ExperimentEnded)}
    assert ended == {"waits": "interrupted", "fails": "aborted"}


async def test_a_wait_that_leads_into_a_blackout_ends_before_the_fault() -> None:
    class Steady:
        async def steady(self, experiment: Experiment) -> bool:  # noqa: ARG002  whichever it is
            return True

    def late(experiment: Experiment) -> None:
        raise Unsafe(f"{experiment.name} meets a blackout")

    clock = FakeClock()
    doors, journal = fake_doors(clock, FakeServices()), journal_in_memory(RunClock(clock))
    gates, injector, watch = cast("Gates", Steady()), cast("Injector", None), cast("Watch", None)
    act = Act(Experiment(name="late", title="late"), (), 0.0)
    with pytest.raises(Unsafe, match="late meets a blackout"):
        await run_wave(Equipment(doors, journal, gates, injector, watch, late, TODAY), [act])
    assert [fact.kind for fact in journal.facts] == ["experiment_started", "experiment_ended"]
