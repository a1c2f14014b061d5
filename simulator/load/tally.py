"""What a worker counted within a period; it travels to the master as a Locust message."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.base.protocol import Receipt
from simulator.base.values import Value


class Tally(Value):
    """Counts of one worker over `seconds`."""

    seconds: float
    offered: int = 0
    achieved: int = 0
    dropped: int = 0
    requests: int = 0
    failures: int = 0
    cpu_percent: float = 0.0
    """Of this worker's process, 0..100."""
    users: Mapping[str, int] = {}
    """By persona."""
    switches: Mapping[str, int] = {}
    """Events caused by each switch that is on."""
    counted: Mapping[str, int] = {}
    """What the personas count, by name."""
    receipts: tuple[Receipt, ...] | None = None
    """Of what was acknowledged; None: these personas keep none."""


@dataclass(frozen=True)
class Counters:
    """What the personas of a worker count: told as zero when there was none, and not at all when nobody counts it."""

    names: frozenset[str] = frozenset()
    receipts: bool = False
    """Whether anybody keeps receipts."""


NO_COUNTERS = Counters()


@dataclass
class Counts:
    """The counters that a running worker increments."""

    offered: int = 0
    achieved: int = 0
    requests: int = 0
    failures: int = 0
    events: Counter[str] = field(default_factory=Counter)
    """By switch."""
    counted: Counter[str] = field(default_factory=Counter)
    """By name."""
    receipts: list[Receipt] = field(default_factory=list)
