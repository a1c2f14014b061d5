"""A broken checkout, as the business sees it."""

from typing import ClassVar

from pydantic import Field

from simulator.erpgo.counters import ORDERS
from simulator.load.switches.switch import Switch


class StopOrders(Switch):
    """People keep browsing, but nobody orders, or fewer do."""

    name: ClassVar[str] = "stop-orders"
    share: float = Field(default=1.0, gt=0, le=1)
    """Of the orders (a ratio 0..1) that are left out."""

    def leaves_out(self, what: str) -> float:
        return self.share if what == ORDERS else 0.0
