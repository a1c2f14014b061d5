"""The one way JSON is fetched over HTTP."""

import functools
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from email.utils import parsedate_to_datetime
from typing import Any, ParamSpec, TypeVar

import httpx
from pydantic_core import from_json

from simulator.base.errors import DoorError
from simulator.doors.endpoint import Endpoint

P = ParamSpec("P")
T = TypeVar("T")


def understood(ask: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """For a door's question: an answer that is JSON, and yet not what was asked for, is a `DoorError` as well."""

    @functools.wraps(ask)
    async def asked(*args: P.args, **options: P.kwargs) -> T:
        try:
            return await ask(*args, **options)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            door = args[0].name if isinstance(args[0], JsonClient) else type(args[0]).__name__
            raise DoorError(
                f"{door} answered what is not understood: {type(error).__name__} {str(error)[:200]}"
            ) from None

    return asked


DENIED = (401, 403)
"""Statuses of who is not let in."""


class Refused(DoorError):
    """An answer that is not a 2xx."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class JsonClient:
    """GETs JSON from one system; its name is the subject of every error.

    Errors name no addresses: they go into the journal, which names no hosts.
    """

    def __init__(self, name: str, at: Endpoint | str) -> None:
        self.name = name
        self._at = at if isinstance(at, Endpoint) else Endpoint(at)
        self._http = self._at.client()

    async def get(
        self,
        path: str,
        params: dict[str, Any] | None = None,
        *,
        patience: float = 0.0,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The decoded answer; `patience` seconds are added to the read timeout (long polls).

        Raises:
            DoorError: no answer in time, not a 2xx (`Refused`), or not JSON.
        """
        return self._decoded(path, await self.get_text(path, params, patience=patience, headers=headers))

    async def get_text(
        self,
        path: str,
        params: dict[str, Any] | None = None,
        *,
        patience: float = 0.0,
        headers: dict[str, str] | None = None,
    ) -> str:
        """The answer's body; see `get`."""
        timeout = httpx.Timeout(self._at.timeout + patience, connect=self._at.patience.connect)
        return self._good(path, await self._ask("GET", path, params=params, headers=headers, timeout=timeout))

    async def moment(self, path: str) -> float | None:
        """When its answer was made, by the server's own clock: whole UTC seconds; None where the answer does not say.

        Raises:
            DoorError: no answer in time, or not a 2xx.
        """
        answer = await self._ask("GET", path)
        self._good(path, answer)
        try:
            return parsedate_to_datetime(answer.headers["date"]).timestamp()
        except (KeyError, ValueError):
            return None

    async def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, body: object = None
    ) -> Any:
        """Any other request with a JSON body, and its decoded answer; None for an empty one.

        Raises:
            DoorError: no answer in time, not a 2xx, or not JSON.
        """
        text = self._good(path, await self._ask(method, path, headers=headers, json=body))
        return self._decoded(path, text) if text else None

    async def post_for_refusal(self, path: str) -> str:
        """POST nothing; returns the body of an answer that is not a 2xx, and an empty text for one that is.

        Raises:
            DoorError: no answer in time.
        """
        answer = await self._ask("POST", path)
        return "" if answer.is_success else (answer.text.strip() or f"status {answer.status_code}")

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        # As UTF-8: a token may have any characters, and httpx takes no others than ASCII by itself.
        sent = {name.encode(): value.encode() for name, value in (headers or {}).items()}
        try:
            return await self._http.request(method, path, headers=sent, **more)
        except httpx.LocalProtocolError:  # it would repeat the header, a token's among them
            raise DoorError(
                f"{self.name} was not asked: the request breaks the rules of HTTP; has the token for it a line break"
                " or another control character?"
            ) from None
        except (
            httpx.HTTPError,
            ssl.SSLError,
        ) as error:  # TLS 1.3 refuses a certificate once the request is sent
            raise DoorError(f"{self.name} did not answer: {type(error).__name__} {error}".strip()) from None

    def _good(self, path: str, answer: httpx.Response) -> str:
        if not answer.is_success:
            said = f"{self.name} at {path} answered {answer.status_code}: {answer.text[:200].strip()}"
            raise Refused(said, answer.status_code)
        return answer.text

    def _decoded(self, path: str, text: str) -> Any:
        try:
            # It refuses what json.loads lets through or falls over: half characters, endless nesting.
            return from_json(text)
        except ValueError:
            raise DoorError(f"{self.name} at {path} answered no JSON: {text[:200]!r}") from None
