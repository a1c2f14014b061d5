"""Who is let in to the receiver: holders of its token. No page of a browser's is, whatever it holds."""

import base64
import binascii
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.base.browser import foreign_name, foreign_page

OPEN = ("/health", "/metrics")
"""Counts, such as every exporter shows: Prometheus and health checks need not know the token, so they do not."""
_NEEDED = (
    "this needs the header `Authorization: Bearer TOKEN`; the token is the one that the receiver was started with: of a"
    " stack of ours it is in the file that its stack.json names as receiver_token_file"
)


@dataclass(frozen=True)
class Callers:
    """Who may call: whoever has the token, by a name that is ours."""

    token: str = field(repr=False)
    names: Collection[str] = ()
    """Host names with dots that lead here; addresses, and names without a dot, always do."""


class Doorkeeper:
    """An ASGI middleware before everything the receiver answers."""

    def __init__(self, app: ASGIApp, callers: Callers) -> None:
        self._app = app
        self._token = callers.token.encode()
        self._names = frozenset(name.lower() for name in callers.names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refused(scope) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)

    def _refused(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if reason := foreign_name(headers.get, self._names) or foreign_page(scope["method"], headers.get):
            return JSONResponse({"error": reason}, status_code=403)
        if scope["path"] in OPEN or self._knows_the_token(headers.get("Authorization", "")):
            return None
        return JSONResponse({"error": _NEEDED}, status_code=401, headers={"WWW-Authenticate": "Bearer"})

    def _knows_the_token(self, authorization: str) -> bool:
        scheme, _, told = authorization.partition(" ")
        # Headers come as Latin-1, whatever was sent: these are the bytes again, UTF-8 as in the file.
        token = _token_in(scheme.lower(), told.strip().encode("latin-1"))
        # Compared in constant time: how long it takes tells nobody how much of a guess was right.
        return token != b"" and hmac.compare_digest(token, self._token)


def _token_in(scheme: str, credentials: bytes) -> bytes:
    """The token that was told; empty where none was."""
    if scheme == "bearer":
        return credentials
    if scheme == "basic":
        # Old versions of Alertmanager, and much that writes its configuration, know a user and a password only:
        # the token is the password, whoever the user.
        try:
            return base64.b64decode(credentials, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return b""


def read_token(file: Path) -> str:
    """The token in a file.

    Raises:
        ValueError: there is none; says why.
    """
    try:
        token = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"the receiver's token in {file} cannot be read: {error.strerror}") from error
    if not token:
        raise ValueError(f"the receiver's token in {file} is empty")
    return token
