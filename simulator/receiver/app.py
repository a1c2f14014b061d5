"""The receiver's HTTP side: Alertmanager posts, the simulator reads."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    ProcessCollector,
    generate_latest,
)
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.receiver.alerts import Alert, Payload, notification, utc
from simulator.receiver.doorkeeper import Callers, Doorkeeper
from simulator.receiver.store import Store
from simulator.receiver.switch import Watch

LARGEST_PAYLOAD_BYTES = 1_048_576
BODY_WITHIN_S = 10.0
"""A payload that takes longer to come in is given up; Alertmanager sends it again."""
LONGEST_WAIT_S = 30.0
LONGEST_ROUTE = 200
_OWN_ROUTE = "receiver"
"""Of the alerts that the receiver itself raises."""


def _is_route(name: str) -> str:
    """What Alertmanager takes as a receiver's name, which is nearly anything, as long as a person can read it."""
    if not name.isprintable() or name.strip(" /") != name:
        raise ValueError("a route has only characters that can be seen, and no space or slash at its ends")
    return name


class _Poll(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    after: int = Field(default=0, ge=0)
    wait: float = Field(default=0, ge=0, le=LONGEST_WAIT_S)


class _Hook(BaseModel):
    route: Annotated[str, Field(min_length=1, max_length=LONGEST_ROUTE), AfterValidator(_is_route)]


class Receiver:
    """The webhook receiver around one store, for those who know its token.

    `has_switch`: a dead man's switch pages here, as on the stacks that we start. `patience_s` is how long a payload may
    take to come in.
    """

    def __init__(
        self,
        store: Store,
        callers: Callers,
        *,
        has_switch: bool = False,
        patience_s: float = BODY_WITHIN_S,
    ) -> None:
        self._store = store
        self._callers = callers
        self._patience_s = patience_s
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._received = Counter(
            "simulator_receiver_notifications",
            "Notifications received.",
            ("status",),
            registry=self._registry,
        )
        self._refused = Counter(
            "simulator_receiver_refused", "Payloads that could not be used.", registry=self._registry
        )
        self._watch = Watch(self._registry, self._record_own) if has_switch else None
        for status in ("firing", "resolved"):
            self._received.labels(status=status)

    def app(self) -> Starlette:
        app = Starlette(
            routes=[
                Route("/api/v1/webhook/{route:path}", self._webhook, methods=["POST"]),
                Route("/api/v1/notifications", self._notifications),
                Route("/api/v1/time", self._time),
                Route("/health", self._health),
                Route("/metrics", self._metrics),
            ],
            middleware=[Middleware(Doorkeeper, callers=self._callers)],
            lifespan=self._lifespan,
        )
        # Nobody asks with a slash at the end, and a redirect would be to whatever host the question named.
        app.router.redirect_slashes = False
        return app

    async def end_polls(self) -> None:
        """Answer everybody who waits for news: there will be none."""
        await self._store.end_waits()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self._watch.on_duty() if self._watch else contextlib.nullcontext():
            yield

    async def _webhook(self, request: Request) -> Response:
        received = dt.datetime.now(dt.UTC)
        try:
            route = _Hook(route=request.path_params["route"]).route
            payload = Payload.model_validate_json(await self._body(request))
        except (ValidationError, _Unusable) as error:
            self._refused.inc()
            return _bad_request(error)
        try:
            await self._take(route, payload.alerts, received)
        except OSError as error:  # Alertmanager sends it again
            return JSONResponse({"error": f"cannot store the notification: {error}"}, status_code=503)
        return JSONResponse({"accepted": len(payload.alerts)})

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._patience_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > LARGEST_PAYLOAD_BYTES:
                        raise _Unusable(f"the payload is larger than {LARGEST_PAYLOAD_BYTES} bytes")
        except ClientDisconnect:
            raise _Unusable("the payload is incomplete: its sender went away") from None
        except TimeoutError:
            raise _Unusable(
                f"the payload is incomplete: {len(body)} bytes came within {self._patience_s:g} s"
            ) from None
        return bytes(body)

    async def _take(self, route: str, alerts: Sequence[Alert], received: dt.datetime) -> None:
        if self._watch is not None:
            alerts = await self._watch.sift(alerts, received)
        await self._record(route, alerts, received)

    async def _record_own(self, alert: Alert, received: dt.datetime) -> None:
        await self._record(_OWN_ROUTE, [alert], received)

    async def _record(self, route: str, alerts: Sequence[Alert], received: dt.datetime) -> None:
        first = self._store.next_seq
        await self._store.append(
            notification(first + at, route, alert, received) for at, alert in enumerate(alerts)
        )
        for alert in alerts:
            self._received.labels(status=alert.status).inc()

    async def _notifications(self, request: Request) -> Response:
        try:
            poll = _Poll.model_validate(dict(request.query_params))
        except ValidationError as error:
            return _bad_request(error)
        newer = await self._store.wait_after(poll.after, poll.wait)
        last = newer[-1].seq if newer else self._store.next_seq - 1
        return JSONResponse({"last": last, "notifications": [one.model_dump() for one in newer]})

    async def _time(self, _request: Request) -> Response:
        return JSONResponse({"now": utc(dt.datetime.now(dt.UTC))})

    async def _health(self, _request: Request) -> Response:
        switch = {} if self._watch is None else {"dead_mans_switch_pages": self._watch.count}
        return JSONResponse({"status": "ok", "last": self._store.next_seq - 1, **switch})

    async def _metrics(self, _request: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class _Unusable(Exception):
    """The payload is beyond a limit, or its sender went away in the middle of it."""


def _bad_request(error: Exception) -> Response:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        return JSONResponse({"error": f"{where}: {first['msg']}"}, status_code=400)
    return JSONResponse({"error": str(error)}, status_code=400)
