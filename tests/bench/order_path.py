"""What the API's features cost on its dearest path, side by side with a handler that has none of them.

`python -m tests.bench.order_path` prints the ratio. Both run as one uvicorn worker, in short turns one after
the other, against the same PostgreSQL and Valkey, driven by the same keep-alive connections. The minimal
handler reads one key from the cache and inserts an order with one line; it checks no token, no stock and no
input, and measures nothing.
"""

import asyncio
import contextlib
import os
import statistics
import sys
import time
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import redis.asyncio
import uvloop
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.api import POOL, real_api, serving

_CONNECTIONS = 16
_PRODUCTS = 50


@dataclass(frozen=True)
class OrderPathRatio:
    """Medians of orders accepted a second, and the API's as a share of the minimal handler's."""

    api_per_second: float
    minimal_per_second: float

    @property
    def ratio(self) -> float:
        return self.api_per_second / self.minimal_per_second


def measure(turns: int = 3, seconds: float = 2.0) -> OrderPathRatio:
    """Run both side by side; takes about 15 seconds. Raises RuntimeError when an order is refused."""
    uvicorn = ["-m", "uvicorn", "--factory", "tests.bench.order_path:minimal_app", "--loop", "uvloop"]
    with real_api() as api, serving([*uvicorn, "--no-access-log", "--port"], api.environ) as minimal:
        requests = _requests(api.port)
        speeds: dict[int, list[float]] = {api.port: [], minimal: []}
        for _ in range(turns):
            for port, seen in speeds.items():
                seen.append(uvloop.run(_drive(port, requests, seconds)))
    return OrderPathRatio(statistics.median(speeds[api.port]), statistics.median(speeds[minimal]))


def _requests(port: int) -> list[bytes]:
    """Whole HTTP requests, one product each, so that no single row is everybody's bottleneck."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1") as client:
        login = {"email": "shopper-0001@erpgo.test", "password": "Shopper-Passw0rd!"}
        token = client.post("/auth/login", json=login).json()["access_token"]
        products = client.get("/products", params={"limit": _PRODUCTS}).json()["products"]
    return [_request(token, product["id"]) for product in products]


def _request(token: str, product_id: str) -> bytes:
    order = {
        "customer_id": "bench",
        "type": "SALES",
        "shipping_method": "STANDARD",
        "currency": "USD",
        "payment_method": "CREDIT_CARD",
        "items": [{"product_id": product_id, "quantity": 1, "unit_price": 9.99}],
    }
    body = msgspec.json.encode(order)
    head = (
        "POST /api/v1/orders HTTP/1.1\r\nHost: erpgo\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _drive(port: int, requests: list[bytes], seconds: float) -> float:
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_client(port, requests[number:] + requests[:number], started + seconds))
            for number in range(_CONNECTIONS)
        ]
    return sum(task.result() for task in tasks) / (time.perf_counter() - started)


async def _client(port: int, requests: list[bytes], until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    try:
        while time.perf_counter() < until:
            writer.write(requests[done % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length))
            if not head.startswith(b"HTTP/1.1 201"):
                raise RuntimeError(f"an order was refused: {body.decode()}")
            done += 1
    finally:
        writer.close()
    return done


class _Item(msgspec.Struct):
    product_id: uuid.UUID
    quantity: int
    unit_price: Decimal


class _Order(msgspec.Struct):
    customer_id: str
    items: list[_Item]


class _Created(msgspec.Struct):
    id: uuid.UUID
    total: Decimal


_INSERT = """
WITH placed AS (
    INSERT INTO orders (id, account_id, customer_id, customer_type, type, status, shipping_method, currency,
                        payment_method, total, created_at)
    VALUES (%s, %s, %s, 'retail', 'SALES', 'PENDING', 'STANDARD', 'USD', 'CREDIT_CARD', %s, now()) RETURNING id
)
INSERT INTO order_items (order_id, line, product_id, warehouse_id, quantity, unit_price)
SELECT placed.id, 1, %s, 'MAIN', %s, %s FROM placed
"""


def minimal_app() -> Starlette:
    """The same insert and one cache read, and nothing else."""
    pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
        os.environ["DATABASE_URL"], open=False, min_size=POOL, kwargs={"autocommit": True}
    )
    cache = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
    account = uuid.uuid4()

    async def create(request: Request) -> Response:
        order = msgspec.json.decode(await request.body(), type=_Order)
        await cache.get("bench")
        item, created = order.items[0], uuid.uuid4()
        total = item.quantity * item.unit_price
        values = (created, account, order.customer_id, total, item.product_id, item.quantity, item.unit_price)
        async with pool.connection() as connection:
            await connection.execute(_INSERT, values)
        body = msgspec.json.encode(_Created(created, total))
        return Response(body, 201, media_type="application/json")

    async def health(_request: Request) -> Response:
        return Response(b"{}")

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with pool:
            await pool.wait()
            yield
        await cache.aclose()

    routes = [Route("/api/v1/orders", create, methods=["POST"]), Route("/health", health)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    measured = measure()
    sys.stdout.write(
        f"API {measured.api_per_second:.0f} orders/s, minimal handler {measured.minimal_per_second:.0f}: "
        f"ratio {measured.ratio:.2f}\n"
    )
