"""A scanner that tries what scanners try."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class SuspiciousRequests(Switch):
    """Injection, scripting and path traversal, as strings in searches of our own API. Played by the scanner."""

    name: ClassVar[str] = "suspicious-requests"
    even: ClassVar[bool] = True
    rate: float = Field(default=6.0, gt=0, le=200)
    """Probes a second over all workers."""

    def brings(self, persona: str) -> int:
        return 1 if persona == "Scanner" else 0

    def adds(self, persona: str, _shared: float) -> float:
        return self.rate if persona == "Scanner" else 0.0
