"""People look, and buy nothing."""

from typing import ClassVar

from simulator.load.switches.switch import Switch


class WindowShopping(Switch):
    """Nobody buys."""

    name: ClassVar[str] = "window-shopping"

    def leaves_out(self, what: str) -> float:
        return 1.0 if what == "purchases" else 0.0
