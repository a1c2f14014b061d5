"""Panels as Grafana would draw them at this moment: every query of every dashboard, once per scrape."""

from collections.abc import Sequence

from simulator.base.values import LARGEST
from simulator.journal.facts import AnyFact, PanelSampled
from simulator.observers.contract import Observer
from simulator.plan.models import Panel
from simulator.plan.panels import legend


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
        kept = self.scene.plan.stack.judged.kept
        for target in panel.targets:
            for series in await self.scene.doors.prometheus.query(target.expr):
                value = series.samples[-1][1]
                if abs(value) <= LARGEST:  # which NaN is not
                    values[legend(target, kept(series.labels))] = value
        return PanelSampled(dashboard=panel.dashboard, panel=panel.title, values=values)


OBSERVER = Panels
