"""The machine's wall clock, held against its monotonic one: what other programs stamp is only as good as it is."""

from collections.abc import Sequence

from simulator.journal.facts import AnyFact
from simulator.journal.fitness import ClockStepped
from simulator.observers.contract import Observer, Scene

STEP = 0.25
"""Seconds: what is slewed moves by less between two looks."""


class WallClock(Observer):
    """Asks once a second whether it was set."""

    source = "wall clock"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._known = 0.0

    @property
    def every(self) -> float:
        return 1.0

    async def look(self) -> Sequence[AnyFact]:
        clock = self.scene.doors.clock
        ahead = clock.clock.now().timestamp() - clock.epoch - clock.elapsed()
        by, self._known = ahead - self._known, ahead
        return [ClockStepped(by=round(by, 3))] if abs(by) > STEP else []


OBSERVER = WallClock
