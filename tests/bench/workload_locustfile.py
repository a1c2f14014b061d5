"""Locust's side of the workload bench: shoppers who order, and a bare user who sends the same bytes."""

import time
from typing import Any, ClassVar

from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment

from scenarios.users.shopper import Shopper
from simulator.workload import plugin
from simulator.workload.arrivals import Arrival
from simulator.workload.demand import Quota
from simulator.workload.hooks import on
from simulator.workload.wire import Item, NewOrder, encode
from tests.bench.locust_child import Cost, leave

BODY = encode(
    NewOrder(
        "customer-1",
        "STANDARD",
        "credit_card",
        [Item("6f1f7a52-6f5e-4c0e-9d0a-5a1d7c2b9e10", 1, "9.99")],  # type: ignore[arg-type]  # the bytes are the same
    )
)
HEADERS = {
    "Content-Type": "application/json",
    "X-Correlation-ID": "0" * 32,
    "Idempotency-Key": "0" * 32,
    "Authorization": "Bearer token",
    "X-Forwarded-For": "198.18.0.1",
}


class Orderer(Shopper):
    """The order scenario without pauses: place it, read it, follow up."""

    quota: ClassVar[Quota] = Quota(share=1.0)
    think_seconds: ClassVar[tuple[float, float]] = (0.0, 0.0)

    def visit(self, arrival: Arrival) -> None:
        del arrival
        products = self.floor.catalogue.products(self._page)
        if products is not None:
            self._order(products)


class Bare(FastHttpUser):
    """The same requests from constants, and nothing else."""

    wait_time = constant_throughput(6)

    @task
    def visit(self) -> None:
        self.client.post("/api/v1/orders", data=BODY, headers=HEADERS)  # type: ignore[arg-type]  # bytes are fine
        self.client.get("/api/v1/orders/1", headers=HEADERS)
        self.client.get("/api/v1/orders?limit=10", headers=HEADERS)


plugin.install()
_cpu_before = 0.0


def _begin(**_: Any) -> None:
    global _cpu_before  # noqa: PLW0603  one number between two listeners
    _cpu_before = time.process_time()


def _end(environment: Environment, **_: Any) -> None:
    stats = environment.stats
    leave(Cost(time.process_time() - _cpu_before, stats.num_requests, stats.num_failures))


on(events.spawning_complete, _begin)
on(events.test_stop, _end)
