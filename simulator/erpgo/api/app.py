"""The application: all routes, in the order in which they are matched."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.erpgo.api import chaos
from simulator.erpgo.api import services as wiring
from simulator.erpgo.api.edge import Edge
from simulator.erpgo.api.errors import render
from simulator.erpgo.api.http import Operation, endpoint
from simulator.erpgo.api.routes import auth, health, inventory, orders, products
from simulator.erpgo.api.services import Services
from simulator.erpgo.api.settings import Settings

_PREFIX = "/api/v1"


def create_app(settings: Settings) -> Starlette:
    """Build the application; it connects when its lifespan starts."""
    services = wiring.create(settings)
    operations = [*products.OPERATIONS, *orders.OPERATIONS, *auth.OPERATIONS, *inventory.OPERATIONS]
    routes = [_route(services, operation) for operation in operations]
    routes += [
        Route("/health", health.health(services), methods=["GET"]),
        Route("/metrics", health.exposition(services), methods=["GET"]),
    ]
    if services.chaos is not None:
        routes += chaos.routes(services, services.chaos, settings.server.chaos_token)
    services.metrics.http.prepare([(operation.method, _PREFIX + operation.path) for operation in operations])

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        await services.open()
        try:
            yield
        finally:
            await services.close()

    return Starlette(
        routes=routes,
        middleware=[Middleware(Edge, metrics=services.metrics)],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )


def _route(services: Services, operation: Operation) -> Route:
    return Route(_PREFIX + operation.path, endpoint(services, operation), methods=[operation.method])


async def _http_error(_request: Request, error: Exception) -> Response:
    """Put what Starlette itself refuses (404, 405) into the error contract."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    code = {404: "route_not_found", 405: "method_not_allowed"}.get(status, "http_error")
    body = render(str(getattr(error, "detail", "")), code)
    return Response(body, status, headers=dict(headers or {}), media_type="application/json")
