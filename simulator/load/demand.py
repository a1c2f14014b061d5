"""Who arrives how often: the rate of each persona's sessions on one worker."""

from collections.abc import Mapping
from dataclasses import dataclass

SESSIONS_PER_USER = 16 / 180
"""Sessions a second that one Locust user carries by default.

180 users then start 16 sessions a second. A shopper's session makes about 6.5 requests, so that is ERPGo's
baseline of 100 requests a second with at least 10 orders a second, and 180 users still suffice when the API
answers nothing at all and every session waits for its `network_timeout`.
"""


@dataclass(frozen=True)
class Quota:
    """What a persona takes of the traffic: a share of all sessions, or a trickle of its own."""

    share: float = 0.0
    """Relative to the shares of the other personas that have users."""
    per_minute: float = 0.0
    """Sessions a minute over all workers, whatever the rate; evenly spaced."""


@dataclass(frozen=True)
class Population:
    """How many users of each persona there are, here and on all workers."""

    here: Mapping[str, int]
    everywhere: Mapping[str, int]

    def part(self, persona: str) -> float:
        """The part of a persona's traffic that this worker carries, 0..1."""
        here, everywhere = self.here.get(persona, 0), self.everywhere.get(persona, 0)
        return min(1.0, here / everywhere) if everywhere else 0.0

    @property
    def users(self) -> int:
        return sum(self.everywhere.values())


@dataclass(frozen=True)
class Demand:
    """The whole traffic's rate, split into the personas' quotas."""

    quotas: Mapping[str, Quota]
    sessions_per_second: float | None = None
    """Over all workers, of all personas with a share; None: as many as the users carry."""

    def shared(self, persona: str, population: Population, factor: float) -> float:
        """The rate of a persona's share here, in sessions per second."""
        present = sum(quota.share for name, quota in self.quotas.items() if population.everywhere.get(name))
        if not present:
            return 0.0
        asked = self.sessions_per_second
        total = SESSIONS_PER_USER * population.users if asked is None else asked
        return total * factor * self.quotas[persona].share / present * population.part(persona)

    def trickle(self, persona: str, population: Population) -> float:
        """The rate of a persona's own trickle here, in sessions per second."""
        return self.quotas[persona].per_minute / 60 * population.part(persona)
