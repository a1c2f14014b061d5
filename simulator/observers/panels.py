"""Panels as Grafana would draw them at this moment: those that the plan says something about, once per scrape."""

from collections.abc import Sequence

from simulator.base.values import LARGEST
from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import AnyFact
from simulator.observers.contract import Observer, Scene
from simulator.plan.expected import expected_panels
from simulator.plan.models import Panel
from simulator.plan.panels import legend


class Panels(Observer):
    """Asks each query once a scrape; more often would only show the same samples again."""

    source = "panels"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._watched = expected_panels(scene.plan.experiments, scene.plan)

    @property
    def every(self) -> float:
        return self.scene.plan.stack.scrape_interval

    async def look(self) -> Sequence[AnyFact]:
        drawn: dict[str, dict[str, dict[str, float]]] = {}
        for panel in self._watched:
            drawn.setdefault(panel.dashboard, {})[panel.title] = await self._values(panel)
        return [PanelsDrawn(panels=drawn)] if drawn else []

    async def _values(self, panel: Panel) -> dict[str, float]:
        values: dict[str, float] = {}
        kept = self.scene.plan.stack.judged.kept
        for target in panel.targets:
            for series in await self.scene.doors.prometheus.query(target.expr):
                value = series.samples[-1][1]
                if abs(value) <= LARGEST:  # which NaN is not
                    values[legend(target, kept(series.labels))] = value
        return values


OBSERVER = Panels
