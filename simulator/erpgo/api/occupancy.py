"""How many of a limited number are in use, and when all of them last were."""

import math


class Occupancy:
    """Counts what is taken and given back. Time is passed in, as seconds of any one clock."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._full_until = -math.inf

    @property
    def is_full(self) -> bool:
        return self.taken >= self.limit

    def take(self) -> None:
        """One more is in use."""
        self.taken += 1

    def give_back(self, now: float) -> None:
        """One less is in use."""
        if self.is_full:
            self._full_until = now
        self.taken -= 1

    def was_full(self, since: float) -> bool:
        """Whether all were in use at some moment since then.

        Not only now: one that is handed on belongs to nobody for a moment, and those who wait for the same lock give all of
        theirs back in one.
        """
        return self.is_full or self._full_until >= since
