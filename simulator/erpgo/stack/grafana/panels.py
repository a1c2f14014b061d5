"""The look all panels share, and what one panel says. Needed only to write the dashboards, never at run time."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import dashboard as builder
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.statetimeline import Panel as Timeline
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode, VisibilityMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)

_SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
_MAX_POINTS = 1000
_WIDTH, _HEIGHT = 12, 8
_GREEN, ORANGE, RED = "green", "orange", "red"
RUNBOOKS = "/public/runbooks"
"""Where Grafana serves docs/runbooks/ from: its own public folder, into which compose.yaml mounts them."""


class Limits(Protocol):
    """Where a panel changes colour."""

    def steps(self) -> list[Threshold]:
        """Grafana's thresholds, lowest first; the first one begins at minus infinity."""
        ...


@dataclass(frozen=True)
class Above:
    """Large values are bad; without `critical` there is one limit only."""

    warning: float
    critical: float | None = None

    def steps(self) -> list[Threshold]:
        steps = [Threshold(value=None, color=_GREEN), Threshold(value=self.warning, color=ORANGE)]
        if self.critical is not None:
            steps.append(Threshold(value=self.critical, color=RED))
        return steps


@dataclass(frozen=True)
class Below:
    """Small values are bad; without `critical` there is one limit only."""

    warning: float
    critical: float | None = None

    def steps(self) -> list[Threshold]:
        good = Threshold(value=self.warning, color=_GREEN)
        if self.critical is None:
            return [Threshold(value=None, color=ORANGE), good]
        return [Threshold(value=None, color=RED), Threshold(value=self.critical, color=ORANGE), good]


@dataclass(frozen=True)
class Query:
    """One target: `name` is its refId, and its legend unless the series' labels make a better one.

    A `colour` makes it a dashed line: a limit that moves, and not something measured.
    """

    name: str
    expr: str
    legend: str | None = None
    colour: str = ""

    @property
    def label(self) -> str:
        """The legend."""
        return self.legend or self.name


@dataclass(frozen=True)
class Panel:
    """One panel; `unit` is one of Grafana's unit ids, and the queries answer in it.

    `runbook` is the family of the alerts that watch what it shows, and names the page it links to; empty where
    nobody is paged for it. With `states` - what 0 means, and what 1 - it is a state timeline, else time series.
    """

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    runbook: str
    limits: Limits | None = None
    states: tuple[str, str] | None = None


@dataclass(frozen=True)
class Dashboard:
    """One dashboard: the last 15 minutes, read again every 5 seconds, with a region for every injected fault."""

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
            dashboard.with_panel(_drawn(panel).id(number))
        content = json.loads(json.dumps(dashboard.build(), cls=JSONEncoder))
        content["annotations"] = {"list": [_faults()]}
        return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _faults() -> dict[str, Any]:
    """A region from a fault's injection to its undo. The SDK's own annotations have no text, title or step."""
    return {
        "name": "Faults",
        "datasource": _SOURCE.to_json(),
        "enable": True,
        "iconColor": RED,
        # Grafana joins points that are a step apart into one region; its own step is a minute.
        "target": {
            "expr": "max by (experiment, fault) (simulator_fault_active == 1)",
            "interval": "2s",
            "refId": "faults",
        },
        "titleFormat": "{{fault}}",
        "textFormat": "{{experiment}}",
        "tagKeys": "experiment,fault",
    }


def _drawn(panel: Panel) -> TimeSeries | Timeline:
    drawn = _time_series(panel) if panel.states is None else _timeline(panel.states)
    drawn = (
        drawn.title(panel.title)
        .description(panel.description)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .min(0)
        .max_data_points(_MAX_POINTS)
        .span(_WIDTH)
        .height(_HEIGHT)
    )
    for query in panel.queries:
        drawn.with_target(_target(query))
    if panel.runbook:
        link = builder.DashboardLink("Runbook").type(DashboardLinkType.LINK).target_blank(True)
        drawn.links([link.url(f"{RUNBOOKS}/{panel.runbook}.md")])
    return drawn


def _time_series(panel: Panel) -> TimeSeries:
    series = TimeSeries().line_width(2).fill_opacity(10).show_points(VisibilityMode.NEVER)
    for query in panel.queries:
        if query.colour:
            series.override_by_name(query.label, _dashed(query.colour))
    if panel.limits is not None:
        thresholds = builder.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(panel.limits.steps())
        dashed = common_builder.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        series.thresholds(thresholds).thresholds_style(dashed)
    return series


def _timeline(states: tuple[str, str]) -> Timeline:
    colours = zip(states, (_GREEN, RED), strict=True)
    words = {
        str(value): ValueMappingResult(text=word, color=colour)
        for value, (word, colour) in enumerate(colours)
    }
    return Timeline().mappings([ValueMap(words)]).show_value(VisibilityMode.NEVER).fill_opacity(70)


def _dashed(colour: str) -> list[DynamicConfigValue]:
    return [
        DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour}),
        DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [10, 10]}),
        DynamicConfigValue("custom.fillOpacity", 0),
    ]


def _target(query: Query) -> Dataquery:
    # The encoder leaves refId and data source empty when they are not set, and Grafana then mixes targets up.
    return (
        Dataquery().expr(query.expr).ref_id(query.name).legend_format(query.label).datasource(_SOURCE).range()
    )
