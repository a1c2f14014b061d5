"""A long game day's engine does not grow: samples from before a wave leave memory, and nothing else does."""

from simulator.base.clock import RunClock
from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import Note
from simulator.journal.file import LET_GO_EVERY
from simulator.journal.fitness import LoopLag
from tests.fakes.clock import FakeClock
from tests.fakes.doors import journal_in_memory


async def test_samples_are_forgotten_and_what_happened_is_not() -> None:
    clock = FakeClock()
    journal = journal_in_memory(RunClock(clock))
    for _ in range(10):
        journal.write(LoopLag(seconds=0.001))
        journal.write(PanelsDrawn(panels={"d": {"p": {"orders": 1.0}}}))
        journal.write(Note(text="something happened"))
        await clock.sleep(1.0)
    journal.forget(lambda: 7.0)
    assert [fact.at for fact in journal.facts if isinstance(fact, Note)] == [float(n) for n in range(10)]
    assert {fact.at for fact in journal.facts if not isinstance(fact, Note)} == {7.0, 8.0, 9.0}
    assert [fact.at for fact in journal.facts] == sorted(fact.at for fact in journal.facts)
    assert len(journal.lately(2.5)) == 6


async def test_a_long_watch_does_not_grow_either() -> None:
    clock = FakeClock()
    run = RunClock(clock)
    journal = journal_in_memory(run, room=3 * LET_GO_EVERY)
    journal.forget(lambda: run.elapsed() - 60.0)
    longest = 0
    for _ in range(3 * LET_GO_EVERY):
        journal.write(LoopLag(seconds=0.001))
        await clock.sleep(1.0)
        longest = max(longest, len(journal.facts))
    assert longest <= LET_GO_EVERY + 62
    assert len(journal.lately(60.0)) == 60
