"""The switches that are on, each until its lease ends. Time is passed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from simulator.load import switches
from simulator.load.switches.switch import Switch

Kind = TypeVar("Kind", bound=Switch)


@dataclass(frozen=True)
class _Lease:
    switch: Switch
    ends: float


class Switchboard:
    """One worker's switches. It needs nobody to turn them off: a lease that is not renewed ends."""

    def __init__(self) -> None:
        self._leases: dict[str, _Lease] = {}

    def turn_on(self, name: str, settings: Mapping[str, float], lease: float, now: float) -> None:
        """Turn a switch on, or renew it, for `lease` seconds.

        Raises:
            BadInput: no such switch, or settings that it does not take.
        """
        self._leases[name] = _Lease(switches.make(name, settings), now + lease)

    def turn_off(self, name: str) -> None:
        """Turn a switch off; one that is off already stays off."""
        self._leases.pop(name, None)

    def active(self, now: float) -> list[Switch]:
        """The switches whose lease runs; what has ended is forgotten."""
        self._leases = {name: lease for name, lease in self._leases.items() if lease.ends > now}
        return [lease.switch for lease in self._leases.values()]

    def find(self, kind: type[Kind], now: float) -> Kind | None:
        """The active switch of this kind, for its settings."""
        return next((switch for switch in self.active(now) if isinstance(switch, kind)), None)
