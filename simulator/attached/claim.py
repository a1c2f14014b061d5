"""The claim on a target: where two machines can see it, so that no two of them break it at a time.

It is a notice among Alertmanager's silences: whoever looks at those sees it, it pages nobody, and it ends by itself when
nobody renews it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError, Unsafe
from simulator.doors.alertmanager import Alertmanager, Notice, Silence

LABEL = "simulator_run"
LEASE = 60.0
"""Seconds."""
RENEW_EVERY = 15.0
"""Seconds."""


@contextlib.asynccontextmanager
async def claimed(alertmanager: Alertmanager, run: str, who: str, clock: RunClock) -> AsyncIterator[None]:
    """Hold the target for a run while the block runs.

    Raises:
        DoorError: Alertmanager does not answer, or takes no silence of ours.
        Unsafe: another run holds it; says whose.
    """
    claim = _Claim(alertmanager, run, who, clock)
    await claim.refuse_if_held()
    await claim.renew()
    renewing: asyncio.Task[None] | None = None
    try:
        # Two that looked at the same moment see each other now; both give way, and whoever comes next is alone.
        await claim.refuse_if_held()
        renewing = asyncio.create_task(claim.keep())
        yield
    finally:
        if renewing is not None:
            renewing.cancel()
            await asyncio.wait([renewing])
        await claim.give_up()


class _Claim:
    """One run's."""

    def __init__(self, alertmanager: Alertmanager, run: str, who: str, clock: RunClock) -> None:
        self._alertmanager = alertmanager
        self._run = run
        self._who = who
        self._clock = clock

    async def refuse_if_held(self) -> None:
        """What is left of a run of our own that died holds nothing: we hold its run lock."""
        if other := await holder(self._alertmanager, self._comment):
            raise Unsafe(
                f"another run holds this target: {other}; only one at a time may break it."
                " Wait for its end; a machine that died lets go by itself within a minute"
            )

    async def renew(self) -> None:
        await self._alertmanager.put_up(self._notice, self._clock.clock.now().timestamp())

    async def keep(self) -> None:
        while True:
            await self._clock.sleep(RENEW_EVERY)
            with contextlib.suppress(DoorError):  # tried again in time
                await self.renew()

    async def give_up(self) -> None:
        with contextlib.suppress(DoorError):  # it ends by itself
            await self._alertmanager.take_down(self._notice)

    @property
    def _comment(self) -> str:
        return f"a game day by {self._who}"

    @property
    def _notice(self) -> Notice:
        return Notice(
            label=LABEL,
            value=self._run,
            comment=self._comment,
            ends_epoch=self._clock.clock.now().timestamp() + LEASE,
        )


async def holder(alertmanager: Alertmanager, ours: str = "") -> str:
    """Which run holds the target, and whose it is; empty: none, but perhaps one whose comment is `ours`.

    Raises:
        DoorError: Alertmanager does not answer.
    """
    for silence in await alertmanager.silences():
        if (run := _run_of(silence)) and silence.comment != ours:
            return f"{run}, {silence.comment}"
    return ""


def _run_of(silence: Silence) -> str:
    return next((one.value for one in silence.matchers if one.name == LABEL), "")
