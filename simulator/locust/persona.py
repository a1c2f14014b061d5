"""The base of all personas: a Locust user that starts a session when an arrival is due, not when it is free."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import gevent
import msgspec
from locust import FastHttpUser, task
from locust.contrib.fasthttp import ResponseContextManager
from locust.env import Environment

from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust.floor import Floor
from simulator.locust.pump import clock

T = TypeVar("T")
OK = frozenset({200, 201})
UNAUTHORIZED = 401


class SessionEnded(Exception):
    """The session cannot or must not go on: the API failed, or a switch stops all sessions."""


class Unanswered(SessionEnded):
    """There was no answer: whether the API did it, nobody knows."""


class Unauthorized(SessionEnded):
    """The API did not take the token, or the password."""


@dataclass(frozen=True)
class Request:
    """One request as a persona means it."""

    method: str
    path: str
    """Below the persona's prefix."""
    name: str = ""
    """What Locust and the metrics call it, where the path is different every time."""
    body: object = None
    """Sent as JSON; None: there is none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    expect: frozenset[int] = OK


class Persona(FastHttpUser):
    """Somebody who uses the system. A subclass says how often it comes and what one session does."""

    abstract = True
    prefix: ClassVar[str] = ""
    """Of every request's path."""
    quota: ClassVar[Quota] = Quota()
    think_seconds: ClassVar[tuple[float, float]] = (0.1, 0.4)
    """Bounds of the pause between two steps: short, so that few users carry much traffic."""
    counts: ClassVar[frozenset[str]] = frozenset()
    """What it counts (`Desk.count`, `Desk.acknowledged`), by the names that the system under test is known for."""
    keeps_receipts: ClassVar[bool] = False
    """Whether it hands in a receipt for all that is acknowledged (`Desk.acknowledged`)."""
    network_timeout = 8.0
    connection_timeout = 3.0
    floor: ClassVar[Floor]
    """Where arrivals are waited for; set by the plugin when traffic starts."""

    def __init__(self, environment: Environment) -> None:
        persona = type(self).__name__
        self.number = self.floor.number(persona)
        self.chance = random.Random(f"{self.floor.seed}/{persona}/{self.number}")
        self.default_headers = {"Content-Type": "application/json", **self.headers()}
        self.late_ms = 0.0
        self._waits = False
        super().__init__(environment)

    def stop(self, force: bool = False) -> bool:
        """As Locust stops a user; one that only waits for its next arrival has nothing to finish (`--stop-timeout`)."""
        return bool(super().stop(force=force or self._waits))

    def visit(self, arrival: Arrival) -> None:
        """One session.

        Raises:
            SessionEnded: it ended early.
        """
        raise NotImplementedError

    @classmethod
    def prepare(cls, floor: Floor) -> None:
        """Called on every worker before the first user comes: for what takes time to make (`Floor.shared`)."""

    def headers(self) -> dict[str, str]:
        """What this user sends with all its requests."""
        return {}

    def fresh_headers(self) -> dict[str, str]:
        """What this user sends with a request, another time another."""
        return {}

    def context(self) -> dict[str, Any]:
        """Travels with each request, so that its latency from the intended start can be told."""
        return {"late_ms": self.late_ms}

    @task
    def wait_and_visit(self) -> None:
        self._waits = True
        arrival = self.floor.pump.next_arrival(type(self).__name__)
        self._waits = False
        self.late_ms = (clock() - arrival.intended) * 1000
        try:
            self.visit(arrival)
        except SessionEnded:
            return
        self.floor.desk.ran(arrival)

    def think(self) -> None:
        """Pause as long as a person might."""
        gevent.sleep(self.chance.uniform(*self.think_seconds))

    def call(self, request: Request) -> int:
        """One request of which only the status matters; returns it.

        Raises:
            SessionEnded: the status is not an expected one, which Locust counts as a failure.
        """
        with self._send(request) as response:
            _check_status(response, request)
            response.success()
        return int(response.status_code)

    def ask(self, request: Request, kind: type[T]) -> T:
        """One request, and its answer as a value.

        Raises:
            SessionEnded: as for `call`, or the answer has another shape.
        """
        with self._send(request) as response:
            _check_status(response, request)
            answer = _read(response, kind)
            response.success()
        return answer

    def _send(self, request: Request) -> ResponseContextManager:
        if self.floor.desk.sessions_stopped:
            raise SessionEnded
        return self.client.request(
            request.method,
            f"{self.prefix}{request.path}",
            name=f"{self.prefix}{request.name or request.path}",
            data=None if request.body is None else msgspec.json.encode(request.body),  # type: ignore[arg-type]  # bytes are fine
            headers={**self.fresh_headers(), **request.headers},
            catch_response=True,
            allow_redirects=False,  # some of this looks like an attack: it goes to the host that was checked
        )


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token."""
    return {"Authorization": f"Bearer {token}"}


def _check_status(response: ResponseContextManager, request: Request) -> None:
    status = response.status_code
    if status in request.expect:
        return
    # Locust puts the cause of a missing answer on the response, and says so nowhere.
    cause = type(getattr(response, "error", None)).__name__
    _fail(response, f"status {status}" if status else f"no answer: {cause}")
    if not status:
        raise Unanswered
    raise Unauthorized if status == UNAUTHORIZED else SessionEnded


def _read(response: ResponseContextManager, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content or b"", type=kind)
    except msgspec.DecodeError as error:
        _fail(response, f"unreadable answer: {error}")
        raise SessionEnded from error


def _fail(response: ResponseContextManager, why: str) -> None:
    response.failure(why)  # type: ignore[no-untyped-call]
