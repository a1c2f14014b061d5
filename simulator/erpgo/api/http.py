"""From a Starlette request to a handler and back: limits, credentials, bodies, the error contract."""

import enum
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from simulator.erpgo.api import logs
from simulator.erpgo.api.errors import (
    ApiError,
    BadRequest,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
    render,
)
from simulator.erpgo.api.metrics.http import CLIENT_LEFT
from simulator.erpgo.api.security.addresses import client_address
from simulator.erpgo.api.security.probes import is_cross_site, probe_in
from simulator.erpgo.api.security.tokens import ACCESS, Token, TokenExpired, TokenInvalid

if TYPE_CHECKING:
    from simulator.erpgo.api.services import Services

LARGEST_BODY = 64 * 1024
MOST_PER_PAGE = 100
_LAST_PAGE = 100_000
_JSON = "application/json"
_BEARER = "bearer "
Body = TypeVar("Body")


class Access(enum.Enum):
    """Who may call an operation."""

    PUBLIC = "public"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, counted from 1."""

    number: int
    limit: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.limit


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers: a status and a JSON body that is already encoded."""

    body: bytes
    status: int = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request as handlers see it."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    address: str
    token: Token | None

    def body(self, model: type[Body]) -> Body:
        """Decode the JSON body.

        Raises:
            BadRequest: it is not JSON.
            Unprocessable: it is JSON of another shape.
        """
        try:
            return msgspec.json.decode(self.content, type=model)
        except msgspec.ValidationError as error:
            raise Unprocessable("validation_failed", "The body is not acceptable.", str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest("malformed_json", "The body is not JSON.", str(error)) from error

    def page(self, default_limit: int = 20) -> Page:
        """Read `page` and `limit` of a list."""
        return Page(
            self._whole("page", default=1, most=_LAST_PAGE),
            self._whole("limit", default=default_limit, most=MOST_PER_PAGE),
        )

    def bearer(self) -> Token:
        """Return the token of an operation that asks for one."""
        if self.token is None:
            raise TypeError("only an operation with Access.ACCOUNT has a token")
        return self.token

    def _whole(self, name: str, *, default: int, most: int) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise Unprocessable("validation_failed", f"{name} must be a whole number from 1 to {most}.")
        return int(text)


Handler = Callable[["Services", Call], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """One route: where it is, who may call it, what it does."""

    method: str
    path: str
    handler: Handler
    access: Access = Access.PUBLIC


def endpoint(services: "Services", operation: Operation) -> Endpoint:
    """Return the Starlette endpoint of an operation."""

    async def respond(request: Request) -> Response:
        if services.chaos is not None:
            await services.chaos.meet(request.scope["path"])
        try:
            call = await _receive(services, operation, request)
            answer = await operation.handler(services, call)
        except ApiError as error:
            return error_response(error)
        except ClientDisconnect:
            return Response(status_code=CLIENT_LEFT)
        return Response(answer.body, answer.status, media_type=_JSON)

    return respond


def error_response(error: ApiError) -> Response:
    """Return an error in the error contract."""
    headers = {"Retry-After": str(max(1, round(error.retry_after)))} if error.retry_after else None
    body = render(str(error), error.code, error.details)
    return Response(body, error.status, headers=headers, media_type=_JSON)


async def _receive(services: "Services", operation: Operation, request: Request) -> Call:
    address = _address(services, request)
    _limit_rate(services, address)
    content = await _content(request) if operation.method in {"POST", "PUT"} else b""
    _look_for_probes(services, request, content)
    token = await _authenticate(services, request, address) if operation.access is Access.ACCOUNT else None
    return Call(request.path_params, request.query_params, request.headers, content, address, token)


def _address(services: "Services", request: Request) -> str:
    peer = request.client.host if request.client else ""
    trusted = services.settings.protection.trusted_proxies
    return client_address(peer, request.headers.get("x-forwarded-for", ""), trusted)


def _limit_rate(services: "Services", address: str) -> None:
    if services.rate_limiter is None:
        return
    seconds = services.rate_limiter.wait(address)
    if seconds > 0:
        services.metrics.security.rate_limited()
        raise TooManyRequests("rate_limited", "Too many requests; slow down.", retry_after=seconds)


async def _content(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise TooLarge("body_too_large", f"The body exceeds {LARGEST_BODY} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _look_for_probes(services: "Services", request: Request, content: bytes) -> None:
    events = services.metrics.security.events
    raw_path: bytes = request.scope.get("raw_path") or b""
    found = probe_in(raw_path + b"?" + request.scope["query_string"]) or (
        probe_in(content) if content else None
    )
    if found:
        events.labels(found).inc()
    if is_cross_site(request.method, request.headers.get("sec-fetch-site", "")):
        events.labels("csrf_attempt").inc()


async def _authenticate(services: "Services", request: Request, address: str) -> Token:
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(_BEARER):
        raise Unauthorized("token_missing", "Send a token: Authorization: Bearer <access_token>.")
    token = await verify_token(services, header[len(_BEARER) :].strip(), ACCESS, address)
    if (context := logs.current.get()) is not None:
        context.user_id = str(token.principal.account_id)
    return token


async def verify_token(services: "Services", text: str, token_type: str, address: str) -> Token:
    """Verify a token, make sure that its session goes on, and count the outcome.

    Raises:
        TokenExpired: it was good once.
        TokenInvalid: it is not ours, or its session was logged out.
    """
    security = services.metrics.security
    try:
        token = services.tokens.verify(text, token_type)
        await services.revocations.refuse_ended(token)
    except TokenExpired:
        security.expired.labels(token_type).inc()
        security.auth_failed("token_expired", address)
        raise
    except TokenInvalid:
        security.auth_failed("token_invalid", address)
        raise
    security.validated.labels(token_type).inc()
    return token
