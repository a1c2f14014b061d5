"""Shoppers that come when they come, and not when the last answer is there: an open model, on the shop's own API."""

import locust  # noqa: F401  isort:skip  Locust first: it patches the sockets

from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust import install
from simulator.locust.persona import Persona


class Shopper(Persona):
    """Buys something, and looks at it."""

    quota = Quota(share=1.0)

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  each visit is like any other
        """One of them."""
        with self.client.post("/orders", catch_response=True) as answer:
            if not answer.ok:
                return
            number = answer.json()["id"]
        self.think()
        self.client.get(f"/orders/{number}", name="/orders/[id]")


install()
