"""What operators ask: is it alive, and what does it measure."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from simulator.erpgo.api.cache import RedisUnavailable
from simulator.erpgo.api.services import Services
from simulator.erpgo.api.wire import encode

_PATIENCE = 0.4
Endpoint = Callable[[Request], Awaitable[Response]]


class Checks(msgspec.Struct, frozen=True):
    """The neighbours' states: up, down, and busy for a database without a free connection."""

    database: str
    redis: str


class Health(msgspec.Struct, frozen=True):
    """`service` tells a client that an ERPGo stack answers here."""

    status: str
    service: str
    version: str
    instance: str
    environment: str
    checks: Checks


def health(services: Services) -> Endpoint:
    """Answer 200 while the process can serve at all; the neighbours are only named."""
    running = _version()

    async def respond(_request: Request) -> Response:
        database, redis = await asyncio.gather(services.database.state(_PATIENCE), _redis_state(services))
        checks = Checks(database, redis)
        status = "healthy" if database == redis == "up" else "degraded"
        server = services.settings.server
        body = encode(Health(status, "erpgo-api", running, server.instance, server.environment, checks))
        return Response(body, media_type="application/json")

    return respond


def exposition(services: Services) -> Endpoint:
    """Answer with all metrics in Prometheus's text format."""

    async def respond(request: Request) -> Response:
        if services.chaos is not None:
            await services.chaos.meet(request.scope["path"])
        try:
            services.metrics.cache.size.set(await services.redis.used_memory())
        except RedisUnavailable:
            services.metrics.cache.size.set(0)
        return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return respond


async def _redis_state(services: Services) -> str:
    try:
        await services.redis.ping()
    except RedisUnavailable:
        return "down"
    return "up"


def _version() -> str:
    try:
        return version("erpgo-simulator")
    except PackageNotFoundError:
        return "unknown"
