"""What panels drew."""

from typing import Literal

from simulator.base.values import Number
from simulator.journal.fact import Fact


class PanelSampled(Fact):
    """As older journals have a look at one panel: the value of every series, by legend; empty when it drew nothing."""

    kind: Literal["panel_sampled"] = "panel_sampled"
    dashboard: str
    panel: str
    values: dict[str, Number]


class PanelsDrawn(Fact):
    """One look at every panel that is watched: by dashboard and title, the value of every series by legend; empty where it drew nothing."""

    kind: Literal["panels_drawn"] = "panels_drawn"
    panels: dict[str, dict[str, dict[str, Number]]]
