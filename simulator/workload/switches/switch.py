"""What a workload switch may change."""

from typing import ClassVar

from simulator.values import Value


class Switch(Value):
    """A change of the workload; the fields of a subclass are its settings."""

    name: ClassVar[str]
    stops_orders: ClassVar[bool] = False
    """Shoppers look, but order nothing; each order left out counts as an event."""
    stops_sessions: ClassVar[bool] = False
    """Normal sessions do not start, running ones end early; each start left out counts as an event."""

    def adds(self, _persona: str, _shared: float) -> float:
        """Sessions per second to add for a persona on all workers; `_shared` is the normal rate of its share.

        Each such session counts as an event when it has run.
        """
        return 0.0
