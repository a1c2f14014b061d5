"""The committed dashboards as Grafana reads them."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from simulator.erpgo.stack.grafana.dashboards import DASHBOARDS, file_of
from simulator.erpgo.stack.grafana.panels import Dashboard

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)


@dataclass(frozen=True)
class Written:
    """A panel as Grafana reads it."""

    panel: dict[str, Any]

    @property
    def dashed(self) -> dict[str, str]:
        """The colours of the lines that are limits, by their legends."""
        overrides = {
            override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
            for override in self.panel["fieldConfig"]["overrides"]
        }
        return {
            legend: settings["color"]["fixedColor"]
            for legend, settings in overrides.items()
            if settings["custom.lineStyle"]["fill"] == "dash"
        }

    @property
    def queries(self) -> dict[str, str]:
        return {target["refId"]: target["expr"] for target in self.panel["targets"]}


def written(dashboard: Dashboard) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file_of(dashboard).read_text(encoding="utf-8"))
    return content


def panel(title: str) -> Written:
    found = [
        each for dashboard in DASHBOARDS for each in written(dashboard)["panels"] if each["title"] == title
    ]
    return Written(found[0])
