"""Panels as Grafana would draw them at this moment: every query of every dashboard, once per scrape."""

import re
from collections.abc import Sequence

from simulator.doors.prometheus import Series
from simulator.journal.facts import AnyFact, PanelSampled
from simulator.observers.contract import Observer
from simulator.plan.models import Panel, Target
from simulator.values import LARGEST

_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Panels(Observer):
    """Asks each query once a scrape; more often would only show the same samples again."""

    source = "panels"

    @property
    def every(self) -> float:
        return self.scene.plan.stack.scrape_interval

    async def look(self) -> Sequence[AnyFact]:
        return [await self._sample(panel) for panel in self.scene.plan.panels]

    async def _sample(self, panel: Panel) -> PanelSampled:
        values: dict[str, float] = {}
        for target in panel.targets:
            for series in await self.scene.doors.prometheus.query(target.expr):
                value = series.samples[-1][1]
                if abs(value) <= LARGEST:  # which NaN is not
                    values[legend(target, series)] = value
        return PanelSampled(dashboard=panel.dashboard, panel=panel.title, values=values)


def legend(target: Target, series: Series) -> str:
    """The series's name as Grafana shows it: the legend format with labels filled in, else the label set."""
    if target.legend:
        return _LABEL.sub(lambda found: series.labels.get(found.group(1), ""), target.legend)
    return ",".join(f"{name}={value}" for name, value in sorted(series.labels.items())) or target.ref


OBSERVER = Panels
