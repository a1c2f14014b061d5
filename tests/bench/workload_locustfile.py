"""Locust's side of the workload bench: shoppers who order, and a bare user who sends the same requests."""

import time
from typing import Any, ClassVar

from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment

from simulator.erpgo.traffic import wire
from simulator.erpgo.users import accounts
from simulator.erpgo.users.persona import API
from simulator.erpgo.users.shopper import Shopper
from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust import plugin
from simulator.locust.hooks import on
from tests.bench.locust_child import Cost, leave


class Orderer(Shopper):
    """The order scenario without pauses: place it, read it, follow up."""

    quota: ClassVar[Quota] = Quota(share=1.0)
    think_seconds: ClassVar[tuple[float, float]] = (0.0, 0.0)

    def visit(self, arrival: Arrival) -> None:
        del arrival
        products = self.catalogue.products(self._page)
        if products is not None:
            self._order(products)


class Bare(FastHttpUser):
    """The same requests with the same bytes again and again, and nothing else. One order was taken beforehand."""

    wait_time = constant_throughput(3)

    def on_start(self) -> None:
        self.headers = {"Content-Type": "application/json"}
        login = wire.encode(wire.Credentials(accounts.shopper(0), accounts.PASSWORD))
        token = wire.decode(self._send("POST", "/auth/login", login), wire.LoggedIn).access_token
        self.headers |= {
            "X-Correlation-ID": "0" * 32,
            "Idempotency-Key": "0" * 32,
            "Authorization": f"Bearer {token}",
            "X-Forwarded-For": "198.18.0.1",
        }
        product = wire.decode(self._send("GET", "/products?limit=1"), wire.ProductPage).products[0]
        item = wire.Item(product.id, 1, product.price)
        self.body = wire.encode(wire.NewOrder("customer-1", "STANDARD", "credit_card", [item]))
        self.order = wire.decode(self._send("POST", "/orders", self.body), wire.Order).id

    @task
    def visit(self) -> None:
        self._send("POST", "/orders", self.body)
        self._send("GET", f"/orders/{self.order}", name="/orders/{id}")
        self._send("GET", "/orders?limit=10")

    def _send(self, method: str, path: str, body: bytes | None = None, name: str = "") -> bytes:
        response = self.client.request(
            method,
            f"{API}{path}",
            name=f"{API}{name or path}",
            data=body,  # type: ignore[arg-type]  # bytes are fine
            headers=self.headers,
        )
        return response.content or b""


plugin.install()
_cpu_before = 0.0


def _begin(**_: Any) -> None:
    global _cpu_before  # noqa: PLW0603  one number between two listeners
    _cpu_before = time.process_time()


def _end(environment: Environment, **_: Any) -> None:
    stats = environment.stats
    reasons = sorted({f"{error.method} {error.name}: {error.error}" for error in stats.errors.values()})
    leave(Cost(time.process_time() - _cpu_before, stats.num_requests, stats.num_failures, reasons))


on(events.spawning_complete, _begin)
on(events.test_stop, _end)
