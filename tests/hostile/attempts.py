"""How often hostile input was tried, how long the longest try took, and what must never come of one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from hypothesis import HealthCheck, Phase, settings

ALL = os.environ.get("HOSTILE") == "all"
"""Other inputs in every run, and twenty times as many; else the same ones, so that no gate fails by luck."""
LONGEST = 5.0
"""Seconds of our own processor time for one input, so that a busy machine fails no test. What waits, waits for pytest's."""


def many(examples: int) -> settings:
    """The settings of a test that tries so many inputs."""
    return settings(
        max_examples=examples * (20 if ALL else 1),
        derandomize=not ALL,
        database=None,
        phases=(Phase.generate,),  # each example is small; making one smaller took minutes where one was slow
        deadline=None,  # wall clocks of busy machines: `Attempts` has its own, generous, limit
        suppress_health_check=list(HealthCheck),
    )


class Tally(TypedDict):
    """What a test tells the summary."""

    inputs: int
    tracebacks: int
    slowest: float


class Attempts:
    """Counts one test's inputs."""

    def __init__(self) -> None:
        self.tally = Tally(inputs=0, tracebacks=0, slowest=0.0)

    @contextmanager
    def one(self, inputs: int = 1) -> Iterator[None]:
        """One input, or some at once, inside the block; whatever leaves it is a traceback that a user would see."""
        began, busy = time.monotonic(), time.process_time()
        try:
            yield
        except Exception:
            self.tally["tracebacks"] += 1
            raise
        finally:
            self.tally["inputs"] += inputs
            self.tally["slowest"] = max(self.tally["slowest"], time.monotonic() - began)
        took = time.process_time() - busy
        assert took < LONGEST, f"took {took:.1f} s"
