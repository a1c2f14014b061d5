"""The arrivals of one worker: who is due, who waits, what the switches add or hold back. Time is passed in."""

import math
import random
from collections import defaultdict
from collections.abc import Mapping

from simulator.base.protocol import Receipt
from simulator.load.arrivals import Arrival, Line, Stream, even_gaps, poisson_gaps
from simulator.load.demand import Demand, Population
from simulator.load.shapes import Shape
from simulator.load.switchboard import Switchboard
from simulator.load.switches.switch import Switch
from simulator.load.tally import NO_COUNTERS, Counters, Counts, Tally

_SHARED, _TRICKLE = _NORMAL = ("shared", "trickle")


class Desk:
    """Hands out arrivals to users that are free.

    `advance` has to be called often: between two calls every rate counts as constant.
    """

    def __init__(
        self, demand: Demand, shape: Shape, seed: str, now: float, counters: Counters = NO_COUNTERS
    ) -> None:
        self._demand = demand
        self._counters = counters
        self._shape = shape
        self._seed = seed
        self._began = self._now = self._tallied = now
        self._streams: dict[tuple[str, str], Stream] = {}
        self._lines: dict[str, Line] = defaultdict(Line)
        self._switches: list[Switch] = []
        self.population = Population(here={}, everywhere={})
        self.switchboard = Switchboard()
        self.counts = Counts()

    @property
    def sessions_stopped(self) -> str:
        """The switch that stops normal sessions; empty while they come."""
        return next((switch.name for switch in self._switches if switch.stops_sessions), "")

    def advance(self, now: float) -> float:
        """Let time pass; returns when the next arrival is due at the present rates (infinite: never)."""
        self._now = now
        self._look_at_switches()
        factor = self._shape(now - self._began)
        soonest = math.inf
        for persona in self._demand.quotas:
            shared = self._demand.shared(persona, self.population, factor)
            soonest = min(
                soonest,
                self._normal(persona, _SHARED, shared),
                self._normal(persona, _TRICKLE, self._demand.trickle(persona, self.population)),
                self._extras(persona, shared),
            )
            self._lines[persona].give_up(now)
        return soonest

    def _look_at_switches(self) -> None:
        self._switches = self.switchboard.active(self._now)
        # The stream of a switch that ended must not remember when that was, or it would catch up once on again.
        running = {*_NORMAL, *(switch.name for switch in self._switches)}
        self._streams = {key: stream for key, stream in self._streams.items() if key[1] in running}

    def _normal(self, persona: str, source: str, rate: float) -> float:
        stream = self._stream(persona, source)
        for start in stream.advance(self._now, rate):
            if self.sessions_stopped:
                self.counts.events[self.sessions_stopped] += 1
            else:
                self._arrive(persona, Arrival(start))
        return stream.next_start(rate)

    def _extras(self, persona: str, shared: float) -> float:
        part = self.population.part(persona)
        soonest = math.inf
        for switch in self._switches:
            rate = part * switch.adds(persona, shared / part) if part else 0.0
            if (persona, switch.name) not in self._streams:
                for _ in range(round(part * switch.brings(persona))):
                    self._arrive(persona, Arrival(self._now, switch.name))
            stream = self._stream(persona, switch.name, even=switch.even)
            for start in stream.advance(self._now, rate):
                self._arrive(persona, Arrival(start, switch.name))
            soonest = min(soonest, stream.next_start(rate))
        return soonest

    def _stream(self, persona: str, source: str, *, even: bool = False) -> Stream:
        key = (persona, source)
        if key not in self._streams:
            chance = random.Random(f"{self._seed}/{persona}/{source}")
            gaps = even_gaps(chance) if even or source == _TRICKLE else poisson_gaps(chance)
            self._streams[key] = Stream(gaps, self._now)
        return self._streams[key]

    def _arrive(self, persona: str, arrival: Arrival) -> None:
        self.counts.offered += 1
        self._lines[persona].join(arrival)

    def waiting(self, persona: str) -> int:
        """How many arrivals of a persona wait for a free user."""
        return len(self._lines[persona])

    def take(self, persona: str, now: float) -> Arrival | None:
        """The next arrival for a free user of this persona, if one waits."""
        arrival = self._lines[persona].take(now)
        if arrival is not None:
            self.counts.achieved += 1
        return arrival

    def ran(self, arrival: Arrival) -> None:
        """A session ran to its end."""
        if arrival.cause:
            self.counts.events[arrival.cause] += 1

    def leaves_out(self, what: str, chance: random.Random) -> bool:
        """Whether somebody who would do what personas call so does not, because of a switch; counts as its event."""
        for switch in self._switches:
            share = switch.leaves_out(what)
            if share and chance.random() < share:
                self.happened(switch.name)
                return True
        return False

    def count(self, counter: str) -> None:
        """One more of what a persona counts under this name."""
        self.counts.counted[counter] += 1

    def acknowledged(self, counter: str, id_: str, key: str) -> None:
        """One more, which the system has taken and given this id, asked for under this idempotency key."""
        self.count(counter)
        self.counts.receipts.append(Receipt(id=id_, key=key))

    def happened(self, switch: str) -> None:
        """One event more that the switch of this name has caused."""
        self.counts.events[switch] += 1

    def tally(self, now: float, cpu_percent: float, users: Mapping[str, int]) -> Tally:
        """What was counted since the last tally."""
        counts, self.counts = self.counts, Counts()
        seconds, self._tallied = now - self._tallied, now
        return Tally(
            seconds=seconds,
            offered=counts.offered,
            achieved=counts.achieved,
            dropped=sum(line.forget_dropped() for line in self._lines.values()),
            requests=counts.requests,
            failures=counts.failures,
            cpu_percent=cpu_percent,
            users=dict(users),
            switches={switch.name: counts.events[switch.name] for switch in self.switchboard.active(now)},
            counted={name: counts.counted[name] for name in self._counters.names},
            receipts=tuple(counts.receipts) if self._counters.receipts else None,
        )
