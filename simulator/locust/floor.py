"""What all users of one worker share while traffic runs."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from simulator.load.desk import Desk
from simulator.locust.pump import Pump

Shared = TypeVar("Shared")
USERS_PER_WORKER = 1000
"""Numbers kept for one worker's users of one persona."""


@dataclass(frozen=True)
class Floor:
    """One worker's arrivals, and what its users share."""

    seed: str
    """The run's seed; whoever draws derives its own chance from it and from what it is."""
    run: str
    """Different in every run, where repeating would be wrong: attack accounts."""
    worker: int
    desk: Desk
    pump: Pump
    _spawned: Counter[str] = field(default_factory=Counter)
    _shared: dict[object, object] = field(default_factory=dict)

    def number(self, persona: str) -> int:
        """The number of a new user: the same in every run with as many workers, another on every worker."""
        number = self.worker * USERS_PER_WORKER + self._spawned[persona]
        self._spawned[persona] += 1
        return number

    def shared(self, make: Callable[[str], Shared]) -> Shared:
        """What all users here share: made once, of the run's seed, by whoever asks for it first."""
        if make not in self._shared:
            self._shared[make] = make(self.seed)
        return cast("Shared", self._shared[make])
