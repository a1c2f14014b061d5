"""The base of all personas: a Locust user that starts a session when an arrival is due, not when it is free."""

import random
import secrets
from collections.abc import Collection
from typing import Any, ClassVar, TypeVar

import gevent
import msgspec
from locust import FastHttpUser, task
from locust.env import Environment

from simulator.workload import wire
from simulator.workload.arrivals import Arrival
from simulator.workload.demand import Quota
from simulator.workload.floor import Floor
from simulator.workload.pools import USER_AGENTS
from simulator.workload.pump import clock

T = TypeVar("T")
API = "/api/v1"
OK = frozenset({200})


class SessionEnded(Exception):
    """The session cannot or must not go on: the API failed, or a switch stops all sessions."""


class Persona(FastHttpUser):
    """Somebody who uses the ERP. A subclass says how often it comes and what one session does."""

    abstract = True
    quota: ClassVar[Quota] = Quota()
    think_seconds: ClassVar[tuple[float, float]] = (0.1, 0.4)
    """Bounds of the pause between two steps: short, so that few users carry much traffic."""
    network_timeout = 8.0
    connection_timeout = 3.0
    floor: ClassVar[Floor]
    """Where arrivals are waited for; set by the plugin when traffic starts."""

    def __init__(self, environment: Environment) -> None:
        persona = type(self).__name__
        self.number = self.floor.number(persona)
        self.chance = random.Random(f"{self.floor.seed}/{persona}/{self.number}")
        self.default_headers = {
            "Content-Type": "application/json",
            "User-Agent": self.chance.choice(USER_AGENTS),
            "X-Forwarded-For": self.address(),
        }
        self.late_ms = 0.0
        super().__init__(environment)

    def visit(self, arrival: Arrival) -> None:
        """One session.

        Raises:
            SessionEnded: it ended early.
        """
        raise NotImplementedError

    def address(self) -> str:
        """The address this user comes from: one of its own, in the range kept for benchmarks (RFC 2544)."""
        return f"198.18.{self.number // 250 % 256}.{self.number % 250 + 1}"

    def context(self) -> dict[str, Any]:
        """Travels with each request, so that its latency from the intended start can be told."""
        return {"late_ms": self.late_ms}

    @task
    def wait_and_visit(self) -> None:
        arrival = self.floor.pump.next_arrival(type(self).__name__)
        self.late_ms = (clock() - arrival.intended) * 1000
        try:
            self.visit(arrival)
        except SessionEnded:
            return
        self.floor.desk.ran(arrival)

    def think(self) -> None:
        """Pause as long as a person might."""
        gevent.sleep(self.chance.uniform(*self.think_seconds))

    def call(
        self,
        method: str,
        path: str,
        *,
        name: str,
        body: msgspec.Struct | None = None,
        headers: dict[str, str] | None = None,
        expect: Collection[int] = OK,
    ) -> tuple[int, bytes]:
        """One request; its status and content.

        Raises:
            SessionEnded: the status is not an expected one, which Locust counts as a failure.
        """
        if self.floor.desk.sessions_stopped:
            raise SessionEnded
        with self.client.request(
            method,
            f"{API}{path}",
            name=f"{API}{name}",
            data=wire.encode(body) if body else None,  # type: ignore[arg-type]  # bytes are fine and need no encoding
            headers={"X-Correlation-ID": secrets.token_hex(16), **(headers or {})},
            catch_response=True,
        ) as response:
            status, content = response.status_code, response.content or b""
            if status in expect:
                response.success()
            else:
                response.failure(
                    f"status {status}" if status else f"no answer: {type(response.error).__name__}"
                )
        if status not in expect:
            raise SessionEnded
        return status, content

    def log_in(self, email: str, password: str) -> wire.LoggedIn:
        """Log in with a password that should be right.

        Raises:
            SessionEnded: it did not work, which Locust counts as a failure.
        """
        body = wire.Credentials(email, password)
        _, content = self.call("POST", "/auth/login", name="/auth/login", body=body)
        return self.read(content, wire.LoggedIn)

    def read(self, content: bytes, kind: type[T]) -> T:
        """An answer's content as a value.

        Raises:
            SessionEnded: it has another shape.
        """
        try:
            return wire.decode(content, kind)
        except msgspec.DecodeError as error:
            raise SessionEnded from error
