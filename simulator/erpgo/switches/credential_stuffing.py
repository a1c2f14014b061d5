"""An attacker who tries a list of leaked passwords."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class CredentialStuffing(Switch):
    """Login attempts with made-up accounts from a few addresses, played by the persona of the same name."""

    name: ClassVar[str] = "credential-stuffing"
    rate: float = Field(default=5.0, gt=0, le=1000)
    """Attempts per second over all workers."""
    addresses: int = Field(default=4, ge=1, le=16)
    """How many addresses they come from."""

    first: int = Field(default=0, ge=0, le=1000)
    """Attempts made at once when it begins."""

    def brings(self, persona: str) -> int:
        return self.first if persona == "CredentialStuffing" else 0

    def adds(self, persona: str, _shared: float) -> float:
        return self.rate if persona == "CredentialStuffing" else 0.0
