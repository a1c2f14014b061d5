"""More of everybody who has a share of the traffic."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class Surge(Switch):
    """Sessions start `factor` times as often."""

    name: ClassVar[str] = "surge"
    factor: float = Field(default=3.0, gt=1, le=100)

    def adds(self, _persona: str, shared: float) -> float:
        return shared * (self.factor - 1)
