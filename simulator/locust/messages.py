"""What master and workers say to each other as Locust messages, beside Locust's own."""

from collections.abc import Mapping
from typing import Any

from simulator.base.values import Value
from simulator.load.tally import Tally

POPULATION = "simulator.population"
"""Master to workers: how many users of each persona there are in all."""
SWITCH = "simulator.switch"
SWITCHED = "simulator.switched"
TALLY = "simulator.tally"


class PopulationMessage(Value):
    """How many users of each persona run on all workers together."""

    everywhere: Mapping[str, int]


class SwitchMessage(Value):
    """Turn a switch on for `lease` seconds, or off when that is 0."""

    id: int
    name: str
    settings: Mapping[str, float] = {}
    lease: float


class SwitchedMessage(Value):
    """A worker took over a switch, or says why not."""

    id: int
    worker: str
    error: str = ""


class TallyMessage(Value):
    """What a worker counted."""

    worker: str
    tally: Tally


def pack(message: Value) -> dict[str, Any]:
    """As plain data, which is all that Locust's own encoding carries."""
    return message.model_dump(mode="json")
