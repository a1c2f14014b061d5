"""How far the clocks of others are from ours, before the first fault."""

from collections.abc import Awaitable, Callable, Mapping

from simulator.base.clock import RunClock
from simulator.base.errors import Unsafe
from simulator.doors import Doors
from simulator.journal.facts import ClockOffset
from simulator.journal.file import Journal

CLOCK_LOOKS = 5
"""A clock is asked this often; the quickest answer has the smallest uncertainty."""
HALF_A_SECOND = 0.5
"""Of what is told in whole seconds the middle is taken: that is wrong by so much at most."""

Apart = tuple[float, float]
"""Seconds by which another clock is ahead of ours, and how uncertain that is."""


async def measure_clocks(doors: Doors, journal: Journal, apart: float) -> None:
    """How far others' clocks are from ours; they may be so many seconds.

    Prometheus and the receiver stamp evidence; by Alertmanager's alerts are resolved, silenced and muted.

    Raises:
        DoorError: one of them does not answer.
        Unsafe: one is further away than can be corrected in good conscience.
    """
    measured = {"prometheus": await clock_offset(doors.prometheus.clock, doors.clock)}
    if doors.receiver is not None:
        measured["receiver"] = await clock_offset(doors.receiver.clock, doors.clock)
    peers = await clock_offsets(doors.alertmanager.clocks, doors.clock)
    if peers:
        measured["alertmanager"] = max(peers.values(), key=lambda one: abs(one[0]))
    for program, (offset, uncertainty) in measured.items():
        journal.write(
            ClockOffset.model_validate(
                {"program": program, "offset": round(offset, 6), "uncertainty": round(uncertainty, 6)}
            )
        )
        if abs(offset) - uncertainty > apart:
            raise Unsafe(
                f"{program}'s clock is {abs(offset):.1f} s {'ahead of' if offset > 0 else 'behind'} ours;"
                f" at most {apart:g} s are tolerated: set it, then run again"
            )


async def clock_offset(ask: Callable[[], Awaitable[float]], clock: RunClock) -> Apart:
    """How uncertain it is: by half of the time the quickest answer took.

    Raises:
        DoorError: no answer.
    """
    looks: list[Apart] = []
    for _ in range(CLOCK_LOOKS):
        began = clock.elapsed()
        theirs = await ask()
        took = clock.elapsed() - began
        looks.append((theirs - (clock.epoch + began + took / 2), took / 2))
    return min(looks, key=_uncertainty)


async def clock_offsets(
    ask: Callable[[], Awaitable[Mapping[str, float]]], clock: RunClock
) -> dict[str, Apart]:
    """The same of several at once, by name, that tell whole seconds; whoever says nothing is left out.

    Raises:
        DoorError: no answer.
    """
    looks: dict[str, list[Apart]] = {}
    for _ in range(CLOCK_LOOKS):
        began = clock.elapsed()
        told = await ask()
        took = clock.elapsed() - began
        for name, theirs in told.items():
            middle = theirs + HALF_A_SECOND - (clock.epoch + began + took / 2)
            looks.setdefault(name, []).append((middle, HALF_A_SECOND + took / 2))
    return {name: min(found, key=_uncertainty) for name, found in looks.items()}


def _uncertainty(one: Apart) -> tuple[float, float]:
    """The smaller one first; of two alike the nearer clock."""
    return one[1], abs(one[0])
