"""What a workload switch may change."""

from typing import ClassVar

from simulator.base.values import Value


class Switch(Value):
    """A change of the workload; the fields of a subclass are its settings."""

    name: ClassVar[str]
    even: ClassVar[bool] = False
    """The sessions it adds come evenly spaced, for what must stay between two limits in every window."""
    stops_sessions: ClassVar[bool] = False
    """Normal sessions do not start, running ones end early; each start left out counts as an event."""

    def leaves_out(self, _what: str) -> float:
        """The share (0..1) that people leave out of what personas call so; each counts as an event."""
        return 0.0

    def brings(self, _persona: str) -> int:
        """Sessions of a persona that start at once when the switch is turned on, on all workers."""
        return 0

    def adds(self, _persona: str, _shared: float) -> float:
        """Sessions per second to add for a persona on all workers; `_shared` is the normal rate of its share.

        Each such session counts as an event when it has run.
        """
        return 0.0
