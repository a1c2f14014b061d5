"""Which harms there are."""

from typing import TYPE_CHECKING

from stack.erpgo.chaos.crash import Crash, Crashes
from stack.erpgo.chaos.delay import Delay, Waits
from stack.erpgo.chaos.harm import Harm
from stack.erpgo.chaos.leak import Leak, Leaks
from stack.erpgo.chaos.memory import Ballast, Memory

if TYPE_CHECKING:
    from stack.erpgo.services import Services

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
