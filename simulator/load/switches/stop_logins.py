"""A broken login page, as the people in front of it see it."""

from typing import ClassVar

from simulator.load.switches.switch import Switch


class StopLogins(Switch):
    """Who is logged in stays so, and nobody logs in anew."""

    name: ClassVar[str] = "stop-logins"
    stops_logins: ClassVar[bool] = True
