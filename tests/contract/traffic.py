"""A little traffic without Locust: as much as a fault needs to bite, and a workload that is switched in memory."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import httpx

from simulator.base.clock import RunClock, SystemClock
from simulator.base.protocol import Receipt, Traffic
from simulator.doors.workload import Workload
from simulator.erpgo.users import accounts

READERS, FEW, BUYERS = 2, 6, 30
"""Enough to count look-ups over half a second; some who wait for a lock; more than the API's pool of 20 holds."""
PAUSE = 0.05
PATIENCE = 5.0
"""Seconds for one answer."""
SERVES_WITHIN = 30.0
"""Seconds, on a machine that may be busy."""


class Reachable(Protocol):
    """A stack of any kind."""

    def url(self, service: str) -> str: ...


class SwitchedInMemory(Workload):
    """A workload that obeys at once and reports what it was told."""

    def __init__(self) -> None:
        self._on: dict[str, float] = {}

    async def switch_on(self, owner: str, name: str, settings: dict[str, float]) -> None:  # noqa: ARG002  the contract's signature
        self._on[name] = settings.get("rate", 1.0)

    async def switch_off(self, owner: str, name: str) -> None:  # noqa: ARG002  the contract's signature
        self._on.pop(name, None)

    def events_per_second(self, name: str) -> float | None:
        return self._on.get(name)

    def events(self, name: str) -> float:
        return self._on.get(name, 0.0)

    def receipts(self) -> list[Receipt] | None:
        return []

    async def fresh(self) -> Traffic:
        return Traffic(
            offered=0,
            achieved=0,
            dropped=0,
            requests=0,
            failures=0,
            cpu_percent=0,
            users=0,
            switches=dict(self._on),
        )

    def canary(self, *, on: bool) -> None:
        """Nobody looks at it here."""


@asynccontextmanager
async def nobody(_: Reachable) -> AsyncIterator[None]:
    """No traffic at all."""
    yield


@asynccontextmanager
async def readers(stack: Reachable) -> AsyncIterator[None]:
    """People who look at products, which the API keeps in its cache."""
    async with _client(stack) as client:
        products = await _products(client)
        pages = itertools.cycle(f"/products/{product['id']}" for product in products)
        async with _running(READERS, lambda: client.get(next(pages))):
            yield


@asynccontextmanager
async def buyers(stack: Reachable, people: int = BUYERS) -> AsyncIterator[None]:
    """People who order, and wait for the answer."""
    async with _client(stack) as client:
        body = {
            "customer_id": "customer-1",
            "type": "SALES",
            "currency": "USD",
            "shipping_method": "STANDARD",
            "payment_method": "credit_card",
            "items": [
                {"product_id": product["id"], "quantity": 1, "unit_price": product["price"]}
                for product in (await _products(client))[:1]
            ],
        }
        token = {"Authorization": f"Bearer {await _log_in(client)}"}
        async with _running(people, lambda: client.post("/orders", json=body, headers=token)):
            yield


@asynccontextmanager
async def a_few_buyers(stack: Reachable) -> AsyncIterator[None]:
    """So few that they starve nobody: on a busy machine 30 kept PostgreSQL from taking our own connection in time."""
    async with buyers(stack, FEW):
        yield


def _client(stack: Reachable) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=BUYERS)
    return httpx.AsyncClient(
        base_url=f"{stack.url('api')}/api/v1", timeout=PATIENCE, limits=limits, trust_env=False
    )


async def _products(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    products: list[dict[str, Any]] = (await _served(lambda: client.get("/products?limit=20")))["products"]
    return products


async def _log_in(client: httpx.AsyncClient) -> str:
    who = {"email": accounts.shopper(0), "password": accounts.PASSWORD}
    return str((await _served(lambda: client.post("/auth/login", json=who)))["access_token"])


async def _served(ask: Callable[[], Coroutine[Any, Any, httpx.Response]]) -> dict[str, Any]:
    """What it answers, once it serves: after a fault of the test before, PostgreSQL is back a moment before its users."""
    last = "nothing was asked"

    async def answer() -> dict[str, Any] | None:
        nonlocal last
        try:
            response = await ask()
        except httpx.TransportError as error:
            last = f"{type(error).__name__}: {error}"
            return None
        last = f"{response.status_code} {response.text[:200]}"
        return dict(response.json()) if response.is_success else None

    served = await RunClock(SystemClock()).until(answer, within=SERVES_WITHIN, every=0.2)
    assert served is not None, f"the API did not serve within {SERVES_WITHIN:g} s; its last answer: {last}"
    return served


@asynccontextmanager
async def _running(people: int, ask: Callable[[], Coroutine[Any, Any, object]]) -> AsyncIterator[None]:
    """So many people asking one thing after the other, whatever they are answered, while the block runs."""

    enough = asyncio.Event()

    async def person() -> None:
        while not enough.is_set():
            with suppress(httpx.HTTPError):
                await ask()
            await SystemClock().sleep(PAUSE)

    tasks = [asyncio.create_task(person()) for _ in range(people)]
    try:
        yield
    finally:
        # Not cancelled but where it takes too long: a connection that is made at that very moment would be left open.
        enough.set()
        _, late = await asyncio.wait(tasks, timeout=2 * PATIENCE)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
