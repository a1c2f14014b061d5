"""Which load generators carry traffic, and who of them comes or goes. Time is passed in."""

from collections.abc import Iterable

from simulator.base.protocol import Generators

LOST_AFTER = 3.5
"""Seconds without a word: a worker that is alive reports once a second."""


class Roll:
    """Called while a game day runs; before and after it nobody is missed."""

    def __init__(self) -> None:
        self._heard: dict[int, float] = {}
        """When each was last heard of, by number."""
        self._offered: dict[int, float] = {}
        self._open = False

    def open(self, generators: Iterable[int], now: float) -> None:
        """From now on these carry the traffic; nothing happens while it is open already."""
        if not self._open:
            self._heard = dict.fromkeys(generators, now)
            self._offered = dict.fromkeys(self._heard, 0.0)
            self._open = True

    def close(self) -> None:
        """The traffic ends: who falls silent now is not lost."""
        self._open = False

    def heard(self, generator: int, offered: float, now: float) -> list[Generators]:
        """A report, with the arrivals it had in it; says so where nobody had been expected."""
        joined = self._open and generator not in self._heard
        if not self._open:
            return []
        self._heard[generator] = now
        self._offered[generator] = offered
        return [Generators(change="joined", generator=generator, left=len(self._heard))] if joined else []

    def lost(self, now: float) -> list[Generators]:
        """Who has fallen silent since this was asked last."""
        gone = [one for one, at in self._heard.items() if now - at > LOST_AFTER] if self._open else []
        everything = sum(self._offered.values())
        told = []
        for one in gone:
            silent, offered = now - self._heard.pop(one), self._offered[one]
            # One that has never reported may have carried anything.
            share = offered / everything if everything else 1.0
            told.append(
                Generators(
                    change="lost", generator=one, left=len(self._heard), silent=silent, share=min(1.0, share)
                )
            )
        for one in gone:
            del self._offered[one]
        return told
