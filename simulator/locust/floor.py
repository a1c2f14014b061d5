"""What all users of one worker share while traffic runs."""

from collections import Counter
from dataclasses import dataclass, field

from simulator.erpgo.traffic.catalogue import Catalogue
from simulator.erpgo.traffic.pools import Pools
from simulator.load.desk import Desk
from simulator.locust.pump import Pump

USERS_PER_WORKER = 1000
"""Numbers kept for one worker's users of one persona."""


@dataclass(frozen=True)
class Floor:
    """One worker's arrivals and data."""

    seed: str
    """The run's seed; whoever draws derives its own chance from it and from what it is."""
    run: str
    """Different in every run, where repeating would be wrong: attack accounts."""
    worker: int
    desk: Desk
    pump: Pump
    pools: Pools
    catalogue: Catalogue
    _spawned: Counter[str] = field(default_factory=Counter)

    def number(self, persona: str) -> int:
        """The number of a new user: the same in every run with as many workers, another on every worker."""
        number = self.worker * USERS_PER_WORKER + self._spawned[persona]
        self._spawned[persona] += 1
        return number
