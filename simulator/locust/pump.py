"""Drives a desk in real time under gevent, and lets users wait for their next arrival."""

import time
from collections import defaultdict, deque

import gevent
from gevent.event import AsyncResult, Event

from simulator.load.arrivals import Arrival
from simulator.load.desk import Desk

SLICE_SECONDS = 0.05
"""The longest time between two looks at the rates, so a switch takes effect within it."""

clock = time.monotonic


class Pump:
    """One greenlet that keeps a desk up to date and wakes the users whose turn it is."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._free: dict[str, deque[AsyncResult[Arrival]]] = defaultdict(deque)
        self._changed = Event()
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        self._greenlet.kill(block=False)

    def changed(self) -> None:
        """Look at the rates at once: a switch or the population has changed."""
        self._changed.set()

    def next_arrival(self, persona: str) -> Arrival:
        """Wait until it is a free user's turn."""
        arrival = self.desk.take(persona, clock())
        if arrival is not None:
            return arrival
        turn: AsyncResult[Arrival] = AsyncResult()
        self._free[persona].append(turn)
        try:
            arrival = turn.get()
        finally:  # the user may be killed while it waits
            if turn in self._free[persona]:
                self._free[persona].remove(turn)
        if arrival is None:
            raise RuntimeError(f"{persona}'s turn came without an arrival")
        return arrival

    def _run(self) -> None:
        while True:
            soonest = self.desk.advance(clock())
            self._hand_out()
            self._changed.clear()
            self._changed.wait(timeout=min(SLICE_SECONDS, max(0.0, soonest - clock())))

    def _hand_out(self) -> None:
        for persona, free in self._free.items():
            while free and (arrival := self.desk.take(persona, clock())) is not None:
                free.popleft().set(arrival)
