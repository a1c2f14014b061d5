"""Nobody comes."""

from typing import ClassVar

from simulator.load.switches.switch import Switch


class StopTraffic(Switch):
    """No normal session starts, and those that run end at their next step."""

    name: ClassVar[str] = "stop-traffic"
    stops_sessions: ClassVar[bool] = True
