"""How the rate of arrivals changes over a run: factors on the rate that was asked for."""

import math
from collections.abc import Callable, Mapping

Shape = Callable[[float], float]
"""Seconds since the traffic began -> factor on the rate, never negative."""

RAMP_SECONDS = 60.0
SPIKE_FACTOR = 20.0
"""ERPGo's own spike goes from 100 to 2000 requests a second ..."""
SPIKE_AFTER, SPIKE_RISE, SPIKE_HOLD = 60.0, 30.0, 180.0
"""... in 30 s, holds for 3 min and comes back; it starts here after a minute of normal traffic."""
DAY_SECONDS = 600.0
"""A day, shortened so that a run of minutes sees a night and a rush hour."""
NIGHT_FACTOR = 0.25


def steady(_elapsed: float) -> float:
    """The same rate throughout."""
    return 1.0


def ramp(elapsed: float) -> float:
    """From nothing to the full rate within `RAMP_SECONDS`."""
    return min(1.0, max(0.0, elapsed / RAMP_SECONDS))


def spike(elapsed: float) -> float:
    """ERPGo's spike test: normal, up to `SPIKE_FACTOR`, held, and back."""
    risen = elapsed - SPIKE_AFTER
    if risen <= 0 or risen >= 2 * SPIKE_RISE + SPIKE_HOLD:
        return 1.0
    nearer_edge = min(risen, 2 * SPIKE_RISE + SPIKE_HOLD - risen)
    return 1.0 + (SPIKE_FACTOR - 1.0) * min(1.0, nearer_edge / SPIKE_RISE)


def diurnal(elapsed: float) -> float:
    """A sine between the night's `NIGHT_FACTOR` and the full rate; it starts and ends at night."""
    swing = (1.0 - math.cos(2 * math.pi * elapsed / DAY_SECONDS)) / 2
    return NIGHT_FACTOR + (1.0 - NIGHT_FACTOR) * swing


SHAPES: Mapping[str, Shape] = {"steady": steady, "ramp": ramp, "spike": spike, "diurnal": diurnal}
