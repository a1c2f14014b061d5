"""Coverage: which rules, panels and faults of an environment the catalogue exercises, and how that went when it was last done.

Pure functions of the catalogue and of verdicts. An alert counts as exercised when an experiment wanted it to do
something; one that must only stay quiet proves nothing about it.
"""

from collections.abc import Iterable, Sequence

from simulator.base.values import Value
from simulator.judge.verdict import ExperimentVerdict, Outcome, RunVerdict
from simulator.plan.identity import Identity, told_apart
from simulator.plan.models import Experiment, Panel
from simulator.plan.policy import CANARY
from simulator.plan.rules import Rule

EVERY_RUN = "every run"
"""The canary is no experiment's: no run begins without it."""
SHOWN_BY = {"DeadMansSwitch": "DeadMansSwitchMissing"}
"""An alert that always fires is proven by what pages when it stops."""


class Seen(Value):
    """The latest run in which something was exercised, and how it went."""

    run: str
    experiment: str
    outcome: Outcome
    epoch: float
    """UTC seconds at which the run began."""


class Covered(Value):
    """One rule, panel or fault."""

    name: str
    planned: tuple[str, ...]
    """The experiments of the catalogue that exercise it."""
    last: Seen | None


class Coverage(Value):
    """All of them."""

    alerts: tuple[Covered, ...]
    panels: tuple[Covered, ...]
    faults: tuple[Covered, ...]

    @property
    def unplanned(self) -> tuple[str, ...]:
        """Rules and panels that no experiment exercises."""
        return tuple(one.name for one in (*self.alerts, *self.panels) if not one.planned)

    @property
    def never(self) -> tuple[str, ...]:
        """Rules and panels that no run has exercised yet."""
        return tuple(one.name for one in (*self.alerts, *self.panels) if one.last is None)


def coverage(
    rules: Iterable[Rule],
    panels: Iterable[Panel],
    faults: Iterable[str],
    experiments: Sequence[Experiment],
    runs: Sequence[RunVerdict],
) -> Coverage:
    """What is covered, rules, panels and faults in the order given."""
    ordered = sorted(runs, key=lambda run: run.started_epoch)
    alerts = told_apart([rule.identity for rule in rules])
    paged, moved, injected = _seen(ordered, alerts)
    return Coverage(
        alerts=tuple(
            Covered(name=str(alert), planned=_alert_planned(alert, experiments), last=paged.get(str(alert)))
            for alert in alerts
        ),
        panels=tuple(
            Covered(name=name, planned=_panel_planned(name, experiments), last=moved.get(name))
            for name in (panel_name(panel.dashboard, panel.title) for panel in panels)
        ),
        faults=tuple(
            Covered(name=fault, planned=_fault_planned(fault, experiments), last=injected.get(fault))
            for fault in faults
        ),
    )


def panel_name(dashboard: str, title: str) -> str:
    """A panel as people and reports name it."""
    return f"{dashboard} / {title}"


def shown_by(alert: Identity) -> Identity:
    """The alert that proves this one: itself, but for `SHOWN_BY`."""
    shown = SHOWN_BY.get(alert.alert)
    return Identity(alert=shown) if shown else alert


def _alert_planned(alert: Identity, experiments: Sequence[Experiment]) -> tuple[str, ...]:
    """An expectation that could mean either of two namesakes proves neither."""
    if alert.alert == CANARY:
        return (EVERY_RUN,)
    return tuple(
        one.name
        for one in experiments
        if any(shown_by(alert).covers(wanted.named) and wanted.expect != "quiet" for wanted in one.must)
    )


def _panel_planned(name: str, experiments: Sequence[Experiment]) -> tuple[str, ...]:
    return tuple(
        one.name
        for one in experiments
        if any(
            panel_name(wanted.dashboard, wanted.panel) == name and wanted.expect != "stay"
            for wanted in one.panels
        )
    )


def _fault_planned(fault: str, experiments: Sequence[Experiment]) -> tuple[str, ...]:
    return tuple(one.name for one in experiments if any(wanted.fault == fault for wanted in one.faults))


def _seen(
    runs: Sequence[RunVerdict], rules: Sequence[Identity]
) -> tuple[dict[str, Seen], dict[str, Seen], dict[str, Seen]]:
    """The latest sight of every alert, panel and fault; what proved nothing is no sight."""
    alerts: dict[str, Seen] = {}
    panels: dict[str, Seen] = {}
    faults: dict[str, Seen] = {}
    for run in runs:
        if run.canary_seconds is not None:
            alerts[CANARY] = Seen(run=run.run, experiment=EVERY_RUN, outcome="met", epoch=run.started_epoch)
        for one in run.experiments:
            for alert in one.alerts:
                for rule in rules:
                    if alert.expect != "quiet" and shown_by(rule).covers(alert.identity):
                        _see(alerts, str(rule), run, one, alert.outcome)
            for panel in one.panels:
                if panel.expect != "stay":
                    _see(panels, panel_name(panel.dashboard, panel.panel), run, one, panel.outcome)
            for fault in one.faults:
                if fault.effective_by is not None:
                    _see(faults, fault.fault, run, one, one.outcome)
    return alerts, panels, faults


def _see(
    seen: dict[str, Seen], name: str, run: RunVerdict, experiment: ExperimentVerdict, outcome: Outcome
) -> None:
    """A later run's sight replaces an earlier one's; within a run one failure is not made good by a repeat."""
    before = seen.get(name)
    failed_already = before is not None and before.run == run.run and before.outcome == "breached"
    if outcome != "inconclusive" and not failed_already:
        seen[name] = Seen(run=run.run, experiment=experiment.name, outcome=outcome, epoch=run.started_epoch)
