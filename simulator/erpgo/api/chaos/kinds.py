"""Which harms there are."""

from typing import TYPE_CHECKING

from simulator.erpgo.api.chaos.crash import Crash, Crashes
from simulator.erpgo.api.chaos.delay import Delay, Waits
from simulator.erpgo.api.chaos.harm import Harm
from simulator.erpgo.api.chaos.leak import Leak, Leaks
from simulator.erpgo.api.chaos.memory import Ballast, Memory

if TYPE_CHECKING:
    from simulator.erpgo.api.services import Services

Wanted = Delay | Crash | Memory | Leak


def make(wanted: Wanted, services: "Services") -> Harm:
    """The harm that was asked for, not begun yet."""
    match wanted:
        case Delay():
            return Waits(wanted)
        case Crash():
            return Crashes(wanted)
        case Memory():
            return Ballast(wanted, services.settings.server.memory_limit)
        case Leak():
            return Leaks(wanted, services.database)
