"""The system under test: what its adapter tells the core, and nothing else of it is known there.

What an adapter leaves out is not checked, and the report says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from simulator.base.values import Value, Whole
from simulator.doors import Doors
from simulator.plan.system import SystemFacts

SYSTEMS = "simulator.systems"
"""The entry points of systems, for environments of which any may be there."""


class Books(Value):
    """What a system's own records say."""

    missing: tuple[str, ...]
    """Ids that were asked for and are not there."""
    recorded: Whole
    """What was recorded between the moments asked for."""
    doubled: Whole
    """Of that, what no idempotency key answers for: one of two under the same key, or asked for without any."""


class Ledger(Protocol):
    """The books that a system keeps of what it acknowledges."""

    @property
    def what(self) -> str:
        """Of what, as reports call it."""
        ...

    @property
    def metric(self) -> str:
        """The counter with which it counts the same; empty: it has none."""
        ...

    async def look_up(self, doors: Doors, ids: Sequence[str], since: float, until: float) -> Books:
        """Look these up, and what was recorded between two moments (UTC seconds).

        Raises:
            DoorError: there is no answer.
        """
        ...


@dataclass(frozen=True)
class System:
    """A system under test."""

    name: str
    witness: str = ""
    """See `SystemFacts`, also for the next four."""
    counters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)
    has_strangers: bool = False
    metrics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ledger: Ledger | None = None

    @property
    def facts(self) -> SystemFacts:
        """What goes into the plan."""
        return SystemFacts(
            name=self.name,
            witness=self.witness,
            counters=dict(self.counters),
            ledger=self.ledger.what if self.ledger else "",
            jobs=dict(self.jobs),
            has_strangers=self.has_strangers,
            metrics=dict(self.metrics),
        )
