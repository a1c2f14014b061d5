"""The panels of the committed dashboards, with their queries as Grafana would send them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from simulator.base.errors import BadInput
from simulator.plan.models import Panel, Target
from simulator.plan.policy import TODAY
from simulator.plan.promql import looks_back

DASHBOARD_RANGE = 900.0
"""Seconds: the dashboards show the last 15 minutes."""
MAX_POINTS = 1000
BAND = "band:"
"""How the names of learned bands begin. They are drawn, not watched: what is usual changes as more of it is seen."""
LONGEST_WINDOW = 60.0
"""Seconds. A query that looks back further is drawn, not watched: it cannot show within 30 s what a fault did."""
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def legend(target: Target, labels: Mapping[str, str]) -> str:
    """A series's name as Grafana shows it: the legend format with labels filled in, else the label set."""
    if target.legend:
        return _LABEL.sub(lambda found: labels.get(found.group(1), ""), target.legend)
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items())) or target.ref


def rate_interval(scrape_interval: float) -> float:
    """Grafana's `$__rate_interval` in seconds, for a data source whose `timeInterval` is the scrape interval.

    max($__interval + scrape, 4 x scrape), where `$__interval` is the range divided by the points, never
    under the data source's own interval (Grafana documentation, "Global variables").
    """
    interval = max(DASHBOARD_RANGE / MAX_POINTS, scrape_interval)
    return max(interval + scrape_interval, 4 * scrape_interval)


def read_panels(folder: Path, scrape_interval: float) -> tuple[Panel, ...]:
    """Every panel that has queries, in the order of the files and of the panels in them.

    Raises:
        BadInput: a file is not a dashboard.
    """
    panels: list[Panel] = []
    for path in sorted(folder.glob("*.json")):
        try:
            dashboard = json.loads(path.read_text(encoding="utf-8"))
            panels += [
                _panel(dashboard["uid"], panel, scrape_interval)
                for panel in dashboard["panels"]
                if panel.get("targets")
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{path}: not a Grafana dashboard: {error}") from None
    return tuple(panels)


def _panel(uid: str, panel: dict[str, object], scrape_interval: float) -> Panel:
    raw = json.dumps(panel).replace("$__rate_interval", f"{rate_interval(scrape_interval):g}s")
    expanded = json.loads(
        raw.replace("$__interval", f"{max(DASHBOARD_RANGE / MAX_POINTS, scrape_interval):g}s")
    )
    windows = {
        target["refId"]: looks_back(target["expr"])
        for target in expanded["targets"]
        if BAND not in target["expr"]
    }
    watched = {ref: window for ref, window in windows.items() if window <= LONGEST_WINDOW}
    return Panel(
        dashboard=uid,
        title=expanded["title"],
        unit=expanded.get("fieldConfig", {}).get("defaults", {}).get("unit", "short"),
        targets=tuple(
            Target(ref=target["refId"], legend=target.get("legendFormat", ""), expr=target["expr"])
            for target in expanded["targets"]
            if target["refId"] in watched
        ),
        # Ratios and percentiles may come from recording rules, which have their window in store without saying so.
        settles=max([TODAY.window, *watched.values()]) + 2 * scrape_interval,
    )
