"""The panels of dashboards, with their queries as Grafana would send them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.base.errors import BadInput
from simulator.plan.models import Panel, Target
from simulator.plan.policy import TODAY
from simulator.plan.promql import looks_back

DASHBOARDS = "dashboards"
"""Where a user's own lie, in the folder of scenarios."""
DASHBOARD_RANGE = 900.0
"""Seconds: the dashboards show the last 15 minutes."""
MAX_POINTS = 1000
BAND = "band:"
"""How the names of learned bands begin. They are drawn, not watched: what is usual changes as more of it is seen."""
LONGEST_WINDOW = 60.0
"""Seconds. A query that looks back further is drawn, not watched: it cannot show within 30 s what a fault did."""
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::\w+)?\}|(?P<plain>\w+))|\[\[(?P<old>\w+)(?::\w+)?\]\]")
"""`$name`, `${name}`, `${name:format}` and the older `[[name]]` (Grafana documentation, "Variable syntax")."""
_ALL = "$__all"
"""The value of a variable that stands for all of its values."""


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
    return max(_interval(scrape_interval) + scrape_interval, 4 * scrape_interval)


def _interval(scrape_interval: float) -> float:
    return max(DASHBOARD_RANGE / MAX_POINTS, scrape_interval)


@dataclass(frozen=True)
class Drawn:
    """The panels of a dashboard, and what could not be made out of it, one line each."""

    panels: tuple[Panel, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads dashboards as Grafana would draw them for somebody who is on watch."""

    scrape_interval: float
    """Seconds."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What template variables stand for, before what a dashboard itself has chosen for them."""

    def read(self, dashboard: Mapping[str, Any]) -> Drawn:
        """One dashboard, in Grafana's JSON.

        Raises:
            ValueError: it is none.
        """
        try:
            uid, panels = str(dashboard["uid"]), list(_flat(dashboard["panels"]))
            known = {**chosen(dashboard), **self.times, **self.variables}
            found = [self._panel(uid, panel, known) for panel in panels if panel.get("targets")]
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"{type(error).__name__} {error}") from None
        left_out = tuple(line for _, lines in found for line in lines)
        return Drawn(tuple(panel for panel, _ in found if panel is not None), left_out)

    @property
    def times(self) -> dict[str, str]:
        """What Grafana's own variables of time stand for, but for which it asks nobody."""
        return {
            "__rate_interval": f"{rate_interval(self.scrape_interval):g}s",
            "__interval": f"{_interval(self.scrape_interval):g}s",
            "__interval_ms": f"{_interval(self.scrape_interval) * 1000:g}",
            "__range": f"{DASHBOARD_RANGE:g}s",
            "__range_s": f"{DASHBOARD_RANGE:g}",
        }

    def _panel(
        self, uid: str, panel: Mapping[str, Any], known: Mapping[str, str]
    ) -> tuple[Panel | None, list[str]]:
        title = str(panel.get("title") or panel.get("id") or "untitled")
        watched: list[Target] = []
        windows: list[float] = []
        left_out: list[str] = []
        for at, target in enumerate(panel["targets"]):
            try:
                expr, window = self._query(panel, target, known)
            except ValueError as error:
                left_out.append(f"{uid} / {title}: {error}")
                continue
            if BAND not in expr and window <= max(LONGEST_WINDOW, rate_interval(self.scrape_interval)):
                ref = str(target.get("refId") or chr(ord("A") + at % 26))
                watched.append(Target(ref=ref, legend=target.get("legendFormat") or "", expr=expr))
                windows.append(window)
        if left_out and not watched:
            return None, left_out
        return Panel(
            dashboard=uid,
            title=title,
            unit=panel.get("fieldConfig", {}).get("defaults", {}).get("unit") or "short",
            targets=tuple(watched),
            # Ratios and percentiles may come from recording rules, which have their window in store without saying so.
            settles=max([TODAY.window, *windows]) + 2 * self.scrape_interval,
        ), left_out

    def _query(
        self, panel: Mapping[str, Any], target: Mapping[str, Any], known: Mapping[str, str]
    ) -> tuple[str, float]:
        """A query with its variables filled in, and how far it looks back.

        Raises:
            ValueError: it is none of Prometheus's, or cannot be asked; says why.
        """
        source = source_of(target) or source_of(panel)
        if source not in ("", "prometheus"):
            raise ValueError(f"a query of {source} is not drawn from Prometheus")
        if not target.get("expr"):
            raise ValueError("a query has no expression")
        expr = _filled(str(target["expr"]), known)
        return expr, looks_back(expr)


def _flat(panels: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """All panels; a row that is folded has its own inside."""
    for panel in panels:
        yield panel
        yield from _flat(panel.get("panels") or ())


def source_of(node: Mapping[str, Any]) -> str:
    """The kind of data source, as far as it is said: newer dashboards say it, older ones have a name or a variable."""
    source = node.get("datasource")
    kind = source.get("type") if isinstance(source, Mapping) else ""
    return "" if kind in (None, "", "datasource") or str(source).startswith("-- ") else str(kind)


def chosen(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """What the dashboard's own variables stand for when it is opened."""
    found: dict[str, str] = {}
    for variable in dashboard.get("templating", {}).get("list") or ():
        current = (variable.get("current") or {}).get("value")
        values = [str(one) for one in current] if isinstance(current, list) else [str(current or "")]
        if _ALL in values:
            found[variable["name"]] = str(variable.get("allValue") or ".*")
        elif values != [""] and values:
            found[variable["name"]] = values[0] if len(values) == 1 else f"({'|'.join(values)})"
    return found


def _filled(expr: str, known: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"] or match["old"]
        if name not in known:
            raise ValueError(f"nothing says what the variable {name} stands for; name it under variables")
        return known[name]

    return VARIABLE.sub(value, expr)


def read_panels(folder: Path, scrape_interval: float) -> tuple[Panel, ...]:
    """Every panel that has queries, in the order of the files and of the panels in them.

    Raises:
        BadInput: a file is not a dashboard, or has a query that cannot be made out.
    """
    panels: list[Panel] = []
    for path, drawn in _drawn(folder, scrape_interval):
        if drawn.left_out:
            raise BadInput(f"{path}: {drawn.left_out[0]}")
        panels += drawn.panels
    return tuple(panels)


def with_own(folder: Path, others: Sequence[Panel], scrape_interval: float) -> tuple[Panel, ...]:
    """The panels of a user's own dashboards, and those of all others that are not called the same.

    What cannot be made out of one's own, a log or a variable that nothing fills in, is left out: nobody can watch it.

    Raises:
        BadInput: a file is not a dashboard.
    """
    own = [panel for _, drawn in _drawn(folder, scrape_interval) for panel in drawn.panels]
    hidden = {panel.dashboard for panel in own}
    return (*own, *(panel for panel in others if panel.dashboard not in hidden))


def _drawn(folder: Path, scrape_interval: float) -> Iterator[tuple[Path, Drawn]]:
    reader = Reader(scrape_interval)
    for path in sorted(folder.glob("*.json")):
        try:
            yield path, reader.read(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise BadInput(f"{path}: not a Grafana dashboard: {error}") from None
