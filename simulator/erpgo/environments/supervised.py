"""The services of the embedded stack, held and released by its supervisor."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TypeVar

from simulator.base.clock import Clock
from simulator.base.errors import DoorError, SimulatorError
from simulator.doors.services import Address, How, Probe, answer_of
from simulator.erpgo.stack.supervisor.client import Connection, StackInfo

LEASE = 3.0
"""Seconds after which a hold that is not renewed is released: six missed renewals, so a busy machine loses none."""
RENEW_EVERY = 0.5

T = TypeVar("T")


class SupervisedServices:
    """Services of the embedded stack; each hold is a connection to the supervisor, and ends with it."""

    def __init__(self, stack: StackInfo, probes: Mapping[str, Probe], clock: Clock) -> None:
        self._stack = stack
        self._probes = probes
        self._clock = clock
        self._holds: dict[str, tuple[Connection, asyncio.Task[None]]] = {}

    async def hold(self, owner: str, service: str, how: How) -> None:
        connection = await self._ask(lambda: Connection(self._stack))
        try:
            await self._ask(lambda: connection.hold(service, how, owner, LEASE))
        except BaseException:
            # A cancelled hold, too: closing the connection is what releases it.
            connection.close()
            raise
        self._holds[owner] = (connection, asyncio.create_task(self._renew(connection)))

    async def release(self, owner: str, service: str) -> None:  # noqa: ARG002  a hold is known by its owner here
        await self._let_go(owner)
        # Also what another, dead or foreign, process took under this owner.
        await self._briefly(lambda connection: connection.release(owner))

    async def is_held(self, owner: str, service: str) -> bool:  # noqa: ARG002  as above
        holds = await self._briefly(lambda connection: connection.holds())
        return any(hold.owner == owner for hold in holds)

    async def probe(self, service: str) -> str:
        return await answer_of(service, self._probes)

    async def target(self, service: str) -> str:
        status = (await self._briefly(lambda connection: connection.status())).services.get(service)
        if status is None or status.pid is None:
            raise DoorError(f"{service} has no process at this moment")
        return f"{service} (process {status.pid})"

    async def overreach(self, service: str, how: How) -> str:  # noqa: ARG002  the supervisor holds its own processes
        return ""

    async def replicas(self, service: str) -> int:  # noqa: ARG002  the supervisor starts one of each
        return 1

    async def address(self, service: str) -> Address:
        endpoint = self._stack.services.get(service)
        if endpoint is None:
            raise DoorError(f"the stack has no service {service!r}")
        return endpoint.host, endpoint.port

    async def close(self) -> None:
        for owner in list(self._holds):
            await self._let_go(owner)

    async def _let_go(self, owner: str) -> None:
        connection, renewing = self._holds.pop(owner, (None, None))
        if renewing is not None:
            renewing.cancel()
            await asyncio.wait([renewing])
        if connection is not None:
            connection.close()

    async def _renew(self, connection: Connection) -> None:
        """Until the connection fails. A hold that ran out is not noticed here: the check at the watch's end is for that."""
        with contextlib.suppress(DoorError):
            while True:
                await self._clock.sleep(RENEW_EVERY)
                await self._ask(connection.renew)

    async def _briefly(self, act: Callable[[Connection], T]) -> T:
        connection = await self._ask(lambda: Connection(self._stack))
        try:
            return await self._ask(lambda: act(connection))
        finally:
            connection.close()

    async def _ask(self, act: Callable[[], T]) -> T:
        """Run a short blocking call beside the loop."""
        try:
            return await asyncio.to_thread(act)
        except (OSError, SimulatorError) as error:
            raise DoorError(f"the stack's supervisor: {error}") from None
