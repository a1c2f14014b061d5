"""Facts of whether the harness was fit to measure: its traffic, its own loop, its clock, what was restarted."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from pydantic import model_validator

from simulator.base import former
from simulator.base.values import Number, Whole
from simulator.journal.fact import Fact


class ClockStepped(Fact):
    """The wall clock of the engine's machine was set, by so many seconds, forwards or (negative) back."""

    kind: Literal["clock_stepped"] = "clock_stepped"
    by: Number


class TrafficSeen(Fact):
    """One second of workload, per second (see protocol.Traffic)."""

    kind: Literal["traffic_seen"] = "traffic_seen"
    offered: Number
    achieved: Number
    dropped: Number
    requests: Number
    failures: Number
    cpu_percent: Number
    users: Whole
    counted: dict[str, Number] = {}

    @model_validator(mode="before")
    @classmethod
    def _as_formerly(cls, values: object) -> object:
        return former.counted(values)


class RequestsCounted(Fact):
    """Requests per second that the system's own witness counts, where the run sends none itself."""

    kind: Literal["requests_counted"] = "requests_counted"
    requests: Number


class Counts(Protocol):
    """A second in which things were counted, by name."""

    @property
    def counted(self) -> Mapping[str, float]: ...


def counted_per_second(seen: Sequence[Counts], name: str) -> float | None:
    """The mean of what is counted under this name; None where traffic was seen and nobody counted it."""
    rates = [fact.counted.get(name) for fact in seen]
    if rates and all(rate is None for rate in rates):
        return None
    return sum(rate or 0.0 for rate in rates) / max(1, len(rates))


class GeneratorsChanged(Fact):
    """A load generator was lost or joined (see protocol.Generators)."""

    kind: Literal["generators_changed"] = "generators_changed"
    change: Literal["lost", "joined"]
    generator: Whole
    left: Whole
    silent: Number = 0.0
    share: Number = 0.0

    @property
    def since(self) -> float:
        """When its traffic ended, or began."""
        return self.at - self.silent

    @property
    def text(self) -> str:
        """As people read it."""
        now = f"{self.left} left" if self.change == "lost" else f"{self.left} carry traffic now"
        carried = f", which carried {self.share:.0%} of the arrivals," if self.change == "lost" else ""
        return f"load generator {self.generator}{carried} {'was lost' if self.change == 'lost' else 'joined'}; {now}"


class LoopLag(Fact):
    """How late the engine's own loop was in the last second, in seconds."""

    kind: Literal["loop_lag"] = "loop_lag"
    seconds: Number
    """At worst."""
    ticks: tuple[Number, ...] = ()
    """Each time it was to wake up, twenty times a second."""

    @property
    def all(self) -> tuple[float, ...]:
        """What is known of each time: in older journals the worst alone."""
        return self.ticks or (self.seconds,)


class ProcessSeen(Fact):
    """The youngest process of a job that Prometheus scrapes: written when it is first seen, and when it is another."""

    kind: Literal["process_seen"] = "process_seen"
    job: str
    started_epoch: Number
