"""A long game day's engine does not grow: samples from before a wave leave memory, and nothing else does."""

from simulator.clock import RunClock
from simulator.journal.facts import LoopLag, Note, PanelSampled
from tests.fakes.clock import FakeClock
from tests.fakes.doors import journal_in_memory


async def test_samples_are_forgotten_and_what_happened_is_not() -> None:
    clock = FakeClock()
    journal = journal_in_memory(RunClock(clock))
    for _ in range(10):
        journal.write(LoopLag(seconds=0.001))
        journal.write(PanelSampled(dashboard="d", panel="p", values={"orders": 1.0}))
        journal.write(Note(text="something happened"))
        await clock.sleep(1.0)
    journal.forget(before=7.0)
    assert [fact.at for fact in journal.facts if isinstance(fact, Note)] == [float(n) for n in range(10)]
    assert {fact.at for fact in journal.facts if not isinstance(fact, Note)} == {7.0, 8.0, 9.0}
    assert [fact.at for fact in journal.facts] == sorted(fact.at for fact in journal.facts)
    assert len(journal.lately(2.5)) == 6
