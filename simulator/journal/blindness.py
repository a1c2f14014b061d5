"""Facts of abort conditions that had nothing to compare."""

from typing import Literal

from simulator.journal.fact import Fact


class ConditionBlind(Fact):
    """What an abort condition compares has no value: the condition cannot come true."""

    kind: Literal["condition_blind"] = "condition_blind"
    condition: str
    query: str
    """What has no value."""
    had: bool
    """Whether it had one earlier in the run."""


class ConditionSighted(Fact):
    """It has a value again, or for the first time."""

    kind: Literal["condition_sighted"] = "condition_sighted"
    condition: str
    query: str
