"""What the supervisor answers: leases and holds entered, then carried out on the services."""

import asyncio
import time
from collections.abc import Mapping

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor.leases import HoldRefused, Leases
from simulator.erpgo.stack.supervisor.protocol import (
    Answer,
    DoneAnswer,
    DownRequest,
    Hold,
    HoldRequest,
    HoldsAnswer,
    HoldsRequest,
    KeepRequest,
    LeaseRequest,
    RefusedAnswer,
    ReleaseRequest,
    RenewRequest,
    Request,
    StackInfo,
    StatusAnswer,
    StatusRequest,
)
from simulator.erpgo.stack.supervisor.supervised import Supervised

_TICK_S = 0.05
_FIRST_LEASE_WITHIN_S = 30.0
"""A temporary stack that nobody has leased by then has lost its starter."""


class Control:
    """One stack's requests. `ended` is set when the stack shall stop, `stopped` by whoever has stopped it."""

    def __init__(self, info: StackInfo, supervised: Mapping[str, Supervised]) -> None:
        self.ended = asyncio.Event()
        self.stopped = asyncio.Event()
        self._info = info
        self._supervised = supervised
        self._leases = Leases()
        self._temporary = info.temporary
        self._ready_at: float | None = None
        self._leased_once = False
        self._releases: set[asyncio.Task[None]] = set()

    def ready(self) -> None:
        """The stack is up: holds are accepted, and a temporary stack's time runs."""
        self._ready_at = time.monotonic()

    async def answer(self, connection: int, request: Request) -> Answer:
        """Carry out one request of one connection."""
        now = time.monotonic()
        match request:
            case StatusRequest():
                return self._status()
            case LeaseRequest(holder=holder, period_s=period_s):
                self._leased_once = True
                self._leases.lease(connection, holder, period_s, now)
            case HoldRequest():
                return await self._hold(connection, request)
            case RenewRequest():
                self._leases.renew(connection, now)
            case ReleaseRequest(owner=owner):
                await self._let_go(self._leases.release_owner(owner))
            case HoldsRequest():
                return self._holds()
            case KeepRequest():
                self._temporary = False
            case DownRequest():
                self.ended.set()
                await self.stopped.wait()
        return DoneAnswer()

    async def closed(self, connection: int) -> None:
        """A connection ended, however it ended: all it held is released at once."""
        await self._let_go(self._leases.close(connection))

    async def expire(self) -> None:
        """Release what is not renewed, and end a temporary stack nobody leases; for as long as the stack is up."""
        while not self.ended.is_set():
            now = time.monotonic()
            for hold in self._leases.expire(now):
                release = asyncio.create_task(self._supervised[hold.service].release())
                self._releases.add(release)
                release.add_done_callback(self._releases.discard)
            if self._abandoned(now):
                self.ended.set()
            await asyncio.sleep(_TICK_S)  # the resolution of leases, until the stack ends

    def _abandoned(self, now: float) -> bool:
        if not self._temporary or self._ready_at is None or self._leases.holders():
            return False
        return self._leased_once or now > self._ready_at + _FIRST_LEASE_WITHIN_S

    def _status(self) -> StatusAnswer:
        services = {name: one.status() for name, one in self._supervised.items()}
        info = self._info.model_copy(update={"temporary": self._temporary})
        return StatusAnswer(info=info, services=services, leases=self._leases.holders())

    def _holds(self) -> HoldsAnswer:
        return HoldsAnswer(holds=self._leases.holds())

    async def _hold(self, connection: int, asked: HoldRequest) -> Answer:
        refusal = self._refusal(asked)
        if refusal:
            return RefusedAnswer(reason=refusal)
        try:
            hold = self._leases.hold(connection, asked)
            await self._supervised[asked.service].hold(asked.how)
            self._leases.begin(hold, time.monotonic())
        except HoldRefused as refused:
            return RefusedAnswer(reason=str(refused))
        except StackError as error:
            await self._let_go(self._leases.release_owner(asked.owner))
            return RefusedAnswer(reason=str(error))
        return self._holds()

    def _refusal(self, asked: HoldRequest) -> str:
        one = self._supervised.get(asked.service)
        if one is None:
            return f"no service is called {asked.service!r}; known are {', '.join(self._supervised)}"
        if not one.service.chaos:
            return f"service {asked.service} is not open to faults (chaos=False in its definition)"
        if self._ready_at is None or self.ended.is_set():
            return f"service {asked.service} cannot be held while the stack starts or stops"
        return ""

    async def _let_go(self, holds: list[Hold]) -> None:
        await asyncio.gather(*(self._supervised[hold.service].release() for hold in holds))
