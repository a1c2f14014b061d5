"""A run on products that nobody restocks in time."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class StockDepletion(Switch):
    """A product at a time is taken out of a warehouse to the last piece, and put back. Played by the stock clerk."""

    name: ClassVar[str] = "stock-depletion"
    rate: float = Field(default=1.0, gt=0, le=100)
    """Products a second over all workers."""

    def adds(self, persona: str, _shared: float) -> float:
        return self.rate if persona == "StockClerk" else 0.0
