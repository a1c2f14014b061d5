"""The door to the workload: Locust's traffic, as the plugin reports it and as we switch it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.base.protocol import Canary, FromEngine, Receipt, Switched, SwitchOff, SwitchOn, Traffic

LEASE = 3.0
"""Seconds after which a switch that is not renewed ends by itself; as long as the lease of a service that is held."""
RENEW_EVERY = 0.5
UNDER_WAY = 0.5
"""Seconds that a dead engine's last renewal may still take to reach every worker."""
ACKNOWLEDGE_WITHIN = 5.0
"""Seconds for every worker to take over a switch."""

SILENCE = Traffic(offered=0, achieved=0, dropped=0, requests=0, failures=0, cpu_percent=0, users=0)
"""What a workload that is gone does."""


class Workload(Protocol):
    """What the engine can do to the workload, and read from it."""

    async def switch_on(self, owner: str, name: str, settings: dict[str, float]) -> None:
        """Turn a switch on, acknowledged by every worker, and keep renewing its lease."""
        ...

    async def switch_off(self, owner: str, name: str) -> None:
        """Turn it off, acknowledged. Idempotent."""
        ...

    def events_per_second(self, name: str) -> float | None:
        """What the workload reports the switch to cause; None when it is not on."""
        ...

    def events(self, name: str) -> float:
        """How many of them it has reported since the switch was turned on."""
        ...

    async def fresh(self) -> Traffic:
        """The next report that is made after this call."""
        ...

    def receipts(self) -> list[Receipt] | None:
        """Of what was acknowledged since this was asked last; None: nobody keeps receipts."""
        ...

    def canary(self, *, on: bool) -> None: ...


class LinkedWorkload:
    """The workload of the Locust process that started this engine."""

    def __init__(self, say: Callable[[FromEngine], None], clock: RunClock) -> None:
        self._say = say
        self._clock = clock
        self._next_id = 0
        self._leases: dict[str, asyncio.Task[None]] = {}
        self._answers: dict[int, asyncio.Future[Switched]] = {}
        self._latest: Traffic | None = None
        self._reported = asyncio.Event()
        self._gone = False
        self._events: dict[str, float] = {}
        self._receipts: list[Receipt] | None = None

    def heard(self, message: Traffic | Switched) -> None:
        """The engine's ear: called for every such message from the plugin."""
        if isinstance(message, Switched):
            answer = self._answers.pop(message.id, None)
            if answer is not None and not answer.done():
                answer.set_result(message)
            return
        self._latest = message
        if message.receipts is not None:
            self._receipts = [*(self._receipts or ()), *message.receipts]
        for name, rate in message.switches.items():  # a report covers about a second
            self._events[name] = self._events.get(name, 0.0) + rate
        self._reported.set()
        self._reported = asyncio.Event()

    def gone(self) -> None:
        """Locust has closed its end: nothing will be acknowledged, and every lease ends by itself."""
        self._gone = True
        self._latest = SILENCE
        self._reported.set()

    async def switch_on(self, owner: str, name: str, settings: dict[str, float]) -> None:
        """Turn a switch on and keep it on.

        Raises:
            DoorError: refused, or not acknowledged by every worker in time.
        """
        switch = SwitchOn(id=0, name=name, settings=settings, lease=LEASE)
        self._events[name] = 0
        await self._ask(switch)
        self._leases[owner] = asyncio.create_task(self._renew(switch))

    async def switch_off(self, owner: str, name: str) -> None:
        lease = self._leases.pop(owner, None)
        if lease is not None:
            lease.cancel()
            await asyncio.wait([lease])
        if self._gone:
            await self._clock.sleep(LEASE)
        else:
            await self._ask(SwitchOff(id=0, name=name))

    def events_per_second(self, name: str) -> float | None:
        return self._latest.switches.get(name) if self._latest else None

    def events(self, name: str) -> float:
        return self._events.get(name, 0.0)

    def receipts(self) -> list[Receipt] | None:
        receipts = self._receipts
        self._receipts = None if receipts is None else []
        return receipts

    async def fresh(self) -> Traffic:
        """The next report.

        Raises:
            DoorError: none comes.
        """
        try:
            await asyncio.wait_for(self._reported.wait(), ACKNOWLEDGE_WITHIN)
        except TimeoutError:
            raise DoorError(f"the workload has not reported for {ACKNOWLEDGE_WITHIN:g} s") from None
        if self._latest is None:
            raise DoorError("the workload has not reported")
        return self._latest

    def canary(self, *, on: bool) -> None:
        self._say(Canary(on=on))

    async def _ask(self, switch: SwitchOn | SwitchOff) -> None:
        self._next_id += 1
        answer: asyncio.Future[Switched] = asyncio.get_running_loop().create_future()
        self._answers[self._next_id] = answer
        self._say(switch.model_copy(update={"id": self._next_id}))
        try:
            switched = await asyncio.wait_for(answer, ACKNOWLEDGE_WITHIN)
        except TimeoutError:
            raise DoorError(
                f"workload switch {switch.name} was not acknowledged within {ACKNOWLEDGE_WITHIN:g} s"
            ) from None
        if switched.error:
            raise DoorError(f"workload switch {switch.name} was refused: {switched.error}")

    async def _renew(self, switch: SwitchOn) -> None:
        """Say it again and again; nobody waits for these answers, the lease is what counts."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            self._next_id += 1
            self._say(switch.model_copy(update={"id": self._next_id}))


class UnlinkedWorkload:
    """The workload seen from a process that has no Locust: its switches can only be outwaited.

    Whoever uses this holds the run lock, so the engine that renewed the leases is dead, and every worker
    returns to normal by itself once the lease has passed: `dead_since` then (monotonic seconds), or at the latest
    since this was made.
    """

    def __init__(self, clock: RunClock, dead_since: float | None = None) -> None:
        self._clock = clock
        self._dead_since = clock.clock.monotonic() if dead_since is None else dead_since

    async def switch_on(self, owner: str, name: str, settings: dict[str, float]) -> None:
        raise DoorError(f"workload switch {name} for {owner}: there is no Locust to turn it on in {settings}")

    async def switch_off(self, owner: str, name: str) -> None:  # noqa: ARG002  the contract's signature
        over = self._dead_since + LEASE + UNDER_WAY
        await self._clock.sleep(max(0.0, over - self._clock.clock.monotonic()))

    def events_per_second(self, name: str) -> float | None:  # noqa: ARG002  the contract's signature
        return None

    def events(self, name: str) -> float:  # noqa: ARG002  as above
        return 0.0

    def receipts(self) -> list[Receipt] | None:
        return None

    async def fresh(self) -> Traffic:
        return SILENCE

    def canary(self, *, on: bool) -> None:
        raise DoorError(f"there is no Locust to turn the canary {'on' if on else 'off'} in")
