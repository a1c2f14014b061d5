"""Acts as requests to an API of the user's own: one address each, no redirects, no proxies."""

import ssl
from pathlib import Path
from typing import Literal, Self

import httpx

from simulator.base.clock import RunClock
from simulator.base.errors import BadInput, DoorError
from simulator.base.secret import SecretReference, revealed
from simulator.base.values import Value
from simulator.doors.acts import ActFailed, Acts
from simulator.doors.endpoint import Certificates, Endpoint

FAULT_HEADER = "X-Simulator-Fault"
"""Tells the API the fault's id."""
LAST_WORDS = 200
"""Characters of an answer that are kept for people."""

Name = Literal["arm", "inject", "check", "undo"]


class Hook(Value):
    """One request."""

    method: str
    url: str
    user: str = ""
    password: SecretReference | None = None
    """With the user: RFC 7617."""
    bearer: SecretReference | None = None
    body: dict[str, str | int | float | bool] | None = None
    """Sent as JSON."""


class Hooks(Acts):
    """The requests of one service."""

    requests: dict[Name, Hook]
    """That to arm may be missing."""
    bites_at: int
    """The status with which the check says so."""
    healthy_at: int
    ca: Path | None = None
    """Whom to believe and who we are, as `Certificates` says; also for the next two."""
    cert: Path | None = None
    key: Path | None = None

    @property
    def is_armed(self) -> bool:
        return "arm" in self.requests

    def ready(self) -> Self:
        try:
            for hook in self.requests.values():
                self._endpoint(hook).certificates.context()
        except BadInput as error:
            raise DoorError(str(error)) from None
        return self

    async def inject(self, fault_id: str) -> None:
        if self.is_armed:
            await self._well("arm", fault_id)
        await self._well("inject", fault_id)

    async def bites(self, fault_id: str) -> bool:
        answer = await self._ask("check", fault_id)
        if answer.status_code not in (self.bites_at, self.healthy_at):
            raise ActFailed(f"check answered {answer.status_code} (unknown)", answer.text[:LAST_WORDS])
        return answer.status_code == self.bites_at

    def is_at_work(self, fault_id: str) -> bool:  # noqa: ARG002  as below
        return False

    async def stop(self, fault_id: str, clock: RunClock) -> None:
        """A request ends with whoever sent it; what it still does there, the check sees."""

    async def undo(self, fault_id: str) -> None:
        await self._well("undo", fault_id)

    async def _well(self, name: Name, fault_id: str) -> None:
        answer = await self._ask(name, fault_id)
        if not answer.is_success:
            raise ActFailed(f"{name} answered {answer.status_code}", answer.text[:LAST_WORDS])

    async def _ask(self, name: Name, fault_id: str) -> httpx.Response:
        hook = self.requests[name]
        try:
            async with self._endpoint(hook).client() as client:
                return await client.request(
                    hook.method, hook.url, json=hook.body, headers={FAULT_HEADER: fault_id}
                )
        except BadInput as error:
            raise DoorError(str(error)) from None
        except httpx.LocalProtocolError:  # it would repeat the header, a token's among them
            raise ActFailed(f"{name} was not asked: its credentials break the rules of HTTP") from None
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise ActFailed(f"{name} was not answered: {type(error).__name__}", str(error)) from None

    def _endpoint(self, hook: Hook) -> Endpoint:
        """Raises BadInput where a secret is missing."""
        return Endpoint(
            hook.url,
            user=hook.user,
            password="" if hook.password is None else revealed(hook.password),
            bearer="" if hook.bearer is None else revealed(hook.bearer),
            certificates=Certificates(self.ca, self.cert, self.key),
            timeout=self.timeout,
        )
