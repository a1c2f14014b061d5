"""The base of all facts."""

from simulator.base.values import Number, Value


class Fact(Value):
    """What every record holds; `experiment` is empty for what no single experiment did, such as what observers see."""

    at: Number = 0.0
    experiment: str = ""
