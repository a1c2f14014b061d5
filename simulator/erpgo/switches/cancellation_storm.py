"""Regret: a wrong price, a recall, a bad review."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class CancellationStorm(Switch):
    """Shoppers cancel what they have just ordered; each cancellation counts as an event."""

    name: ClassVar[str] = "cancellation-storm"
    share: float = Field(default=0.7, gt=0, le=1)
    """Of the orders (a ratio 0..1) that are cancelled."""
