"""A broken login page, as the people in front of it see it."""

from typing import ClassVar

from simulator.load.switches.switch import Switch

LOGINS = "logins"


class StopLogins(Switch):
    """Who is logged in stays so, and nobody logs in anew."""

    name: ClassVar[str] = "stop-logins"

    def leaves_out(self, what: str) -> float:
        return 1.0 if what == LOGINS else 0.0
