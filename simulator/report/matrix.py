"""Which rules and panels a run has exercised, by which of its experiments."""

from dataclasses import dataclass
from typing import Literal

from simulator.history.coverage import shown_by
from simulator.history.exercised import panel_name
from simulator.judge.verdict import ExperimentVerdict, RunVerdict
from simulator.plan.identity import Identity
from simulator.plan.policy import CANARY

Cell = Literal["met", "breached", "inconclusive", "fired", ""]
"""How what was wanted of it went; `fired`: seen where it was only allowed; empty: not touched."""


@dataclass(frozen=True)
class Row:
    """One rule or panel, and a cell for each experiment."""

    name: str
    cells: tuple[Cell, ...]
    exercised: bool
    """Something was wanted of it, and it was proven one way or the other."""


@dataclass(frozen=True)
class Matrix:
    """Rules and panels against experiments; rows without any cell are only named."""

    experiments: tuple[str, ...]
    alerts: tuple[Row, ...]
    panels: tuple[Row, ...]

    @property
    def never(self) -> tuple[str, ...]:
        """What this run has not exercised, by name."""
        return tuple(row.name for row in (*self.alerts, *self.panels) if not row.exercised)


def matrix(verdict: RunVerdict) -> Matrix | None:
    """None for a run whose journal does not say which rules were loaded."""
    if verdict.rule_set is None:
        return None
    return Matrix(
        experiments=tuple(one.name for one in verdict.experiments),
        alerts=tuple(_alert(verdict, alert) for alert in verdict.rule_set.identities),
        panels=tuple(_panel(verdict, panel) for panel in verdict.panels),
    )


def _alert(verdict: RunVerdict, alert: Identity) -> Row:
    cells = tuple(_alert_cell(one, shown_by(alert)) for one in verdict.experiments)
    proven = alert.alert == CANARY and verdict.canary_seconds is not None
    return Row(str(alert), cells, proven or _exercised(cells))


def _panel(verdict: RunVerdict, panel: str) -> Row:
    cells = tuple(_panel_cell(one, panel) for one in verdict.experiments)
    return Row(panel, cells, _exercised(cells))


def _exercised(cells: tuple[Cell, ...]) -> bool:
    return any(cell in ("met", "breached") for cell in cells)


def _alert_cell(experiment: ExperimentVerdict, alert: Identity) -> Cell:
    for wanted in experiment.alerts:
        if alert.covers(wanted.identity) and wanted.expect != "quiet":
            return wanted.outcome
    fired = any(alert.agrees(may.identity) and may.fired for may in experiment.tolerated)
    return "fired" if fired else ""


def _panel_cell(experiment: ExperimentVerdict, panel: str) -> Cell:
    for wanted in experiment.panels:
        if panel_name(wanted.dashboard, wanted.panel) == panel and wanted.expect != "stay":
            return wanted.outcome
    return ""
