"""The look all panels share, and what one panel says. Needed only to write the dashboards, never at run time."""

import json
from dataclasses import dataclass
from typing import Protocol

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import dashboard as builder
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode, VisibilityMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

_SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
_MAX_POINTS = 1000
_WIDTH, _HEIGHT = 12, 8
_GREEN, _ORANGE, _RED = "green", "orange", "red"


class Limits(Protocol):
    """Where a panel changes colour."""

    def steps(self) -> list[Threshold]:
        """Grafana's thresholds, lowest first; the first one begins at minus infinity."""
        ...


@dataclass(frozen=True)
class Above:
    """Large values are bad."""

    warning: float
    critical: float

    def steps(self) -> list[Threshold]:
        return [
            Threshold(value=None, color=_GREEN),
            Threshold(value=self.warning, color=_ORANGE),
            Threshold(value=self.critical, color=_RED),
        ]


@dataclass(frozen=True)
class Below:
    """Small values are bad."""

    warning: float
    critical: float

    def steps(self) -> list[Threshold]:
        return [
            Threshold(value=None, color=_RED),
            Threshold(value=self.critical, color=_ORANGE),
            Threshold(value=self.warning, color=_GREEN),
        ]


@dataclass(frozen=True)
class Query:
    """One target: `name` is its refId, and its legend unless the series' labels make a better one."""

    name: str
    expr: str
    legend: str | None = None


@dataclass(frozen=True)
class Panel:
    """One time series panel; `unit` is one of Grafana's unit ids, and the queries answer in it."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    limits: Limits | None = None


@dataclass(frozen=True)
class Dashboard:
    """One dashboard: the last 15 minutes, read again every 5 seconds."""

    uid: str
    title: str
    panels: tuple[Panel, ...]

    def render(self) -> str:
        """The JSON that Grafana provisions, with the same bytes for the same panels."""
        dashboard = (
            builder.Dashboard(self.title)
            .uid(self.uid)
            .tags(["erpgo"])
            .time("now-15m", "now")
            .refresh("5s")
            .timezone("utc")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .readonly()
        )
        for number, panel in enumerate(self.panels, start=1):
            dashboard.with_panel(_time_series(panel).id(number))
        return json.dumps(dashboard.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _time_series(panel: Panel) -> TimeSeries:
    series = (
        TimeSeries()
        .title(panel.title)
        .description(panel.description)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .min(0)
        .max_data_points(_MAX_POINTS)
        .span(_WIDTH)
        .height(_HEIGHT)
        .line_width(2)
        .fill_opacity(10)
        .show_points(VisibilityMode.NEVER)
    )
    for query in panel.queries:
        series.with_target(_target(query))
    if panel.limits is not None:
        thresholds = builder.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(panel.limits.steps())
        dashed = common_builder.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        series.thresholds(thresholds).thresholds_style(dashed)
    return series


def _target(query: Query) -> Dataquery:
    # The encoder leaves refId and data source empty when they are not set, and Grafana then mixes targets up.
    return (
        Dataquery()
        .expr(query.expr)
        .ref_id(query.name)
        .legend_format(query.legend or query.name)
        .datasource(_SOURCE)
        .range()
    )
