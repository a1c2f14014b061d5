"""The outermost layer: correlation ids, measurement of every request, and the last resort for bugs."""

import os
import re
import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.erpgo.api import logs
from simulator.erpgo.api.errors import render
from simulator.erpgo.api.metrics import Metrics
from simulator.erpgo.api.metrics.http import CLIENT_LEFT, UNMATCHED, Exchange

_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_TRACE_PARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_SLOW_SECONDS = 1.0
_FIRST_FAILURE = 500
_log = logs.logger("http")


@dataclass
class _Outcome:
    """What went back, noted while it was sent."""

    status: int = 0
    sent_bytes: int = 0


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        context = _context(headers)
        bound = logs.current.set(context)
        outcome = _Outcome()
        sender = _sender(send, context.correlation_id.encode(), outcome)
        try:
            await self._app(scope, receive, sender)
        except Exception:  # noqa: BLE001 - the last resort: counted, logged and answered
            self._metrics.system.panic("http")
            _log.exception("unexpected error", path=scope["path"])
            if outcome.status == 0:
                await _answer_panic(sender)
        finally:
            self._record(scope, headers, outcome, time.perf_counter() - started)
            logs.current.reset(bound)

    def _record(self, scope: Scope, headers: dict[bytes, bytes], outcome: _Outcome, seconds: float) -> None:
        route = scope.get("route")
        exchange = Exchange(
            method=scope["method"],
            endpoint=route.path if route is not None else UNMATCHED,
            agent=headers.get(b"user-agent", b"").decode("latin-1"),
            # Nothing was sent: the client left, or the server is shutting down.
            status=outcome.status or CLIENT_LEFT,
            seconds=seconds,
            request_bytes=_length(headers),
            response_bytes=outcome.sent_bytes,
        )
        self._metrics.http.observe(exchange)
        noteworthy = exchange.status >= _FIRST_FAILURE or seconds > _SLOW_SECONDS
        report = _log.warning if noteworthy else _log.debug
        report(
            "request",
            method=exchange.method,
            path=scope["path"],
            status=exchange.status,
            seconds=round(seconds, 4),
        )


def _context(headers: dict[bytes, bytes]) -> logs.LogContext:
    request_id = os.urandom(8).hex()
    given = headers.get(b"x-correlation-id", b"")
    correlation_id = given.decode("ascii") if _SANE_ID.fullmatch(given) else request_id
    traced = _TRACE_PARENT.fullmatch(headers.get(b"traceparent", b""))
    trace_id = traced.group(1).decode("ascii") if traced else correlation_id
    return logs.LogContext(correlation_id, trace_id, request_id)


def _sender(send: Send, correlation_id: bytes, outcome: _Outcome) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            outcome.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-correlation-id", correlation_id)]
        elif message["type"] == "http.response.body":
            outcome.sent_bytes += len(message.get("body", b""))
        await send(message)

    return forward


async def _answer_panic(send: Send) -> None:
    body = render(
        "Something went wrong in the service.", "internal_error", "see the correlation id in the log"
    )
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _length(headers: dict[bytes, bytes]) -> int:
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0
