"""How late the engine's own event loop is: the stopwatch's own health."""

from collections.abc import Sequence

from simulator.journal.facts import AnyFact
from simulator.journal.fitness import LoopLag
from simulator.observers.contract import Observer

TICK = 0.05
TICKS = 20


class LoopLagObserver(Observer):
    """Sleeps in small ticks for a second and reports how late each was."""

    source = "engine"

    @property
    def every(self) -> float:
        return 0.0

    async def look(self) -> Sequence[AnyFact]:
        clock = self.scene.doors.clock
        late = []
        for _ in range(TICKS):
            began = clock.elapsed()
            await clock.sleep(TICK)
            late.append(round(max(0.0, clock.elapsed() - began - TICK), 4))
        return [LoopLag(seconds=max(late), ticks=tuple(late))]


OBSERVER = LoopLagObserver
