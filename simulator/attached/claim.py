"""The claim on a target: where two machines can see it, so that no two of them break it at a time.

It is a silence in Alertmanager that silences nothing: whoever looks at the silences sees it, it pages nobody, and it ends by
itself when nobody renews it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError, Unsafe
from simulator.doors.alertmanager import Alertmanager, Silence

LABEL = "simulator_run"
LEASE = timedelta(seconds=60)
RENEW_EVERY = 15.0
"""Seconds."""


@contextlib.asynccontextmanager
async def claimed(alertmanager: Alertmanager, run: str, who: str, clock: RunClock) -> AsyncIterator[None]:
    """Hold the target for a run while the block runs.

    Raises:
        DoorError: Alertmanager does not answer, or takes no silence of ours.
        Unsafe: another run holds it; says whose, and until when.
    """
    await _refuse_if_held(alertmanager, run)
    ours = await _put(alertmanager, run, who, clock, "")
    renewing: asyncio.Task[None] | None = None
    try:
        # Two that looked at the same moment see each other now; both give way, and whoever comes next is alone.
        await _refuse_if_held(alertmanager, run)
        renewing = asyncio.create_task(_renew(alertmanager, run, who, clock, ours))
        yield
    finally:
        if renewing is not None:
            renewing.cancel()
            await asyncio.wait([renewing])
        with contextlib.suppress(DoorError):  # it ends by itself
            await alertmanager.expire(ours)


async def _refuse_if_held(alertmanager: Alertmanager, run: str) -> None:
    for silence in await alertmanager.silences():
        if (other := _run_of(silence)) not in ("", run):
            raise Unsafe(
                f"another run holds this target: {other}, {silence.comment}; it may be broken by one at a time."
                " Wait for its end; a machine that died lets go by itself within a minute"
            )


def _run_of(silence: Silence) -> str:
    return next((one.value for one in silence.matchers if one.name == LABEL), "")


async def _put(alertmanager: Alertmanager, run: str, who: str, clock: RunClock, known: str) -> str:
    """Returns the silence's id, which may be another one than the one `known` before."""
    now = clock.clock.now()
    return await alertmanager.silence({LABEL: run}, now, now + LEASE, f"a game day by {who}", known)


async def _renew(alertmanager: Alertmanager, run: str, who: str, clock: RunClock, known: str) -> None:
    while True:
        await clock.sleep(RENEW_EVERY)
        with contextlib.suppress(DoorError):  # tried again in time
            await _put(alertmanager, run, who, clock, known)
