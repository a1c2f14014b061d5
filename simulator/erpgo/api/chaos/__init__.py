"""Harm on request: what only the service itself can suffer, for game days on the simulator's own stacks.

None of it exists unless SERVER_CHAOS_TOKEN is set, which nothing but those stacks does. Each harm has an owner and a
lease: one that is not renewed ends by itself.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.erpgo.api.chaos.harm import Harm
from simulator.erpgo.api.chaos.kinds import Wanted, make
from simulator.erpgo.api.logs import logger

if TYPE_CHECKING:
    from simulator.erpgo.api.services import Services

PREFIX = "/simulator/chaos"
HEADER = "x-chaos-token"
LONGEST_LEASE = 60.0
_log = logger("chaos")
Endpoint = Callable[[Request], Awaitable[Response]]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PUT /simulator/chaos/{owner}: what is wanted, and for how many seconds unless it is renewed."""

    harm: Wanted
    lease: float


@dataclass
class _Active:
    harm: Harm
    wanted: Wanted
    ends: asyncio.TimerHandle | None = None


class Chaos:
    """The harms that are on now, by their owners."""

    def __init__(self) -> None:
        self._active: dict[str, _Active] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def meet(self, path: str) -> None:
        """Let a request to `path` suffer what is on."""
        for active in list(self._active.values()):
            await active.harm.meet(path)

    async def order(self, owner: str, order: Order, services: "Services") -> None:
        """Begin a harm, or renew it; a different one under the same owner replaces it."""
        active = self._active.get(owner)
        if active is not None and active.wanted != order.harm:
            await self.end(owner)
            active = None
        if active is None:
            active = self._active[owner] = _Active(make(order.harm, services), order.harm)
            _log.warning("harm begins", owner=owner, harm=type(order.harm).__name__)
            self._lease(owner, active, order.lease)  # first: a harm that fails to begin must end as well
            await active.harm.begin()
        self._lease(owner, active, order.lease)

    async def end(self, owner: str) -> None:
        """End a harm; one that is over already stays over."""
        active = self._active.pop(owner, None)
        if active is None:
            return
        if active.ends is not None:
            active.ends.cancel()
        await active.harm.end()
        _log.warning("harm ends", owner=owner)

    async def close(self) -> None:
        for owner in list(self._active):
            await self.end(owner)

    def owners(self) -> list[str]:
        return sorted(self._active)

    def _lease(self, owner: str, active: _Active, seconds: float) -> None:
        if active.ends is not None:
            active.ends.cancel()
        lease = min(seconds, LONGEST_LEASE)
        active.ends = asyncio.get_running_loop().call_later(lease, self._run_out, owner)

    def _run_out(self, owner: str) -> None:
        task = asyncio.get_running_loop().create_task(self.end(owner))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def routes(services: "Services", chaos: Chaos, token: str) -> list[Route]:
    """PUT and DELETE `/simulator/chaos/{owner}`, GET `/simulator/chaos`; all ask for the token."""

    def guarded(act: Endpoint) -> Endpoint:
        async def respond(request: Request) -> Response:
            if not hmac.compare_digest(request.headers.get(HEADER, "").encode("latin-1"), token.encode()):
                return Response(status_code=404)
            return await act(request)

        return respond

    async def put(request: Request) -> Response:
        try:
            order = msgspec.json.decode(await request.body(), type=Order)
        except msgspec.MsgspecError as error:
            return Response(f"cannot be read: {error}", status_code=422)
        await chaos.order(request.path_params["owner"], order, services)
        return await state(request)

    async def delete(request: Request) -> Response:
        await chaos.end(request.path_params["owner"])
        return await state(request)

    async def state(_request: Request) -> Response:
        return Response(msgspec.json.encode({"owners": chaos.owners()}), media_type="application/json")

    one = PREFIX + "/{owner}"
    return [
        Route(one, guarded(put), methods=["PUT"]),
        Route(one, guarded(delete), methods=["DELETE"]),
        Route(PREFIX, guarded(state), methods=["GET"]),
    ]
