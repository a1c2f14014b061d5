"""A misplaced decimal point in the price list."""

from typing import ClassVar

from pydantic import Field

from simulator.load.switches.switch import Switch


class PriceError(Switch):
    """Orders come in as ever, at a fraction of their price; each counts as an event."""

    name: ClassVar[str] = "price-error"
    factor: float = Field(default=0.01, gt=0, lt=1)
    """On every price (a ratio 0..1)."""
