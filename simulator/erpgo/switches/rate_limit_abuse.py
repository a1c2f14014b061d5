"""A batch job without manners."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class RateLimitAbuse(Switch):
    """One client sends request after request as fast as it can; each that is refused with 429 counts as an event.

    ERPGo lets an address send 100 requests a second, and 200 at once after a pause: `rate` times `requests` must
    exceed the first, or `requests` the second.
    """

    name: ClassVar[str] = "rate-limit-abuse"
    even: ClassVar[bool] = True
    rate: float = Field(default=1.0, gt=0, le=20)
    """Bursts a second over all workers."""
    requests: int = Field(default=160, ge=1, le=1000)
    """Requests in a burst."""
    refusals: int = Field(default=1000, ge=1, le=1000)
    """A burst ends early once so many of its requests were refused."""

    def brings(self, persona: str) -> int:
        return 1 if persona == "BatchClient" else 0

    def adds(self, persona: str, _shared: float) -> float:
        return self.rate if persona == "BatchClient" else 0.0
