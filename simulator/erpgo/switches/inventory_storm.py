"""A stock-taking script that writes every count one by one."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class InventoryStorm(Switch):
    """Stock goes one up and one down again, product after product. Played by the stock clerk."""

    name: ClassVar[str] = "inventory-storm"
    rate: float = Field(default=15.0, gt=0, le=500)
    """Products a second over all workers; each makes two updates."""

    def adds(self, persona: str, _shared: float) -> float:
        return self.rate if persona == "StockClerk" else 0.0
