"""What a report format is: a name, a file, and a pure function from a verdict to bytes."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.judge.verdict import RunVerdict


@dataclass(frozen=True)
class Format:
    """One way to write a verdict down.

    `render` reads nothing but the verdict: no clock, no environment, no randomness. The same verdict gives
    the same bytes, today and in a year.
    """

    name: str
    filename: str
    render: Callable[[RunVerdict], bytes]
