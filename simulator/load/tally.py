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
    orders: int = 0
    failures: int = 0
    cpu_percent: float = 0.0
    """Of this worker's process, 0..100."""
    users: Mapping[str, int] = {}
    """By persona."""
    switches: Mapping[str, int] = {}
    """Events caused by each switch that is on."""
    receipts: tuple[Receipt, ...] = ()
    """Of the orders acknowledged."""


@dataclass
class Counts:
    """The counters that a running worker increments."""

    offered: int = 0
    achieved: int = 0
    requests: int = 0
    orders: int = 0
    failures: int = 0
    events: Counter[str] = field(default_factory=Counter)
    """By switch."""
    receipts: list[Receipt] = field(default_factory=list)
