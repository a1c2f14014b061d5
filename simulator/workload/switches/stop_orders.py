"""A broken checkout, as the business sees it."""

from typing import ClassVar

from simulator.workload.switches.switch import Switch


class StopOrders(Switch):
    """People keep browsing, but nobody orders."""

    name: ClassVar[str] = "stop-orders"
    stops_orders: ClassVar[bool] = True
