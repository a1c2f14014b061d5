"""A thief with a bundle of stolen tokens whose sessions have ended."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class TokenAbuse(Switch):
    """All tokens are tried at once, and then one after the other again. Each refusal is one failure a minute."""

    name: ClassVar[str] = "token-abuse"
    even: ClassVar[bool] = True
    first: int = Field(default=8, ge=0, le=1000)
    """Tokens tried at once."""
    rate: float = Field(default=0.05, gt=0, le=100)
    """Tokens a second after that, over all workers."""

    def brings(self, persona: str) -> int:
        return self.first if persona == "TokenThief" else 0

    def adds(self, persona: str, _shared: float) -> float:
        return self.rate if persona == "TokenThief" else 0.0
