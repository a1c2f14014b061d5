"""What earlier runs of the same kind measured, as it was known when a run began: so its report says the same for ever."""

from typing import Literal

from simulator.base.values import Number, Value
from simulator.journal.fact import Fact


class EarlierAlert(Value):
    """One alert of one experiment in those runs, as far as its limit and its rule were the same."""

    experiment: str
    alert: str
    """With the labels that tell it from its namesakes."""
    limit: Number
    rule: str
    """The digest of its rule; empty: not recorded."""
    latencies: tuple[Number | None, ...]
    """Seconds, the oldest first; None where it did not come. What was inconclusive is left out."""


class EarlierRuns(Fact):
    """The latest runs of the same game day on the same environment."""

    kind: Literal["earlier_runs"] = "earlier_runs"
    runs: tuple[str, ...]
    """The oldest first."""
    alerts: tuple[EarlierAlert, ...]
