"""What one run exercised of what it found loaded: as much of it as coverage needs, and no more.

An alert counts as exercised when an experiment wanted it to do something; one that must only stay quiet proves nothing about
it. What was inconclusive proves nothing either, and is left out.
"""

from simulator.base.values import Value
from simulator.judge.verdict import Outcome, RunVerdict
from simulator.plan.identity import Identity


class Sight(Value):
    """A panel or a fault that one experiment exercised, and how it went."""

    name: str
    experiment: str
    outcome: Outcome


class AlertSight(Sight):
    """An alert, with all that is known of its labels."""

    labels: tuple[tuple[str, str], ...]

    @property
    def identity(self) -> Identity:
        return Identity(alert=self.name, labels=self.labels)


class Exercised(Value):
    """What there was, and what of it a run exercised, in the order of its experiments."""

    rules: tuple[Identity, ...]
    """Every alert that the loaded rules could fire; empty: not recorded."""
    panels: tuple[str, ...]
    """Every panel of the dashboards."""
    canary: bool
    """Whether its canary arrived."""
    paged: tuple[AlertSight, ...]
    moved: tuple[Sight, ...]
    injected: tuple[Sight, ...]


def exercised(verdict: RunVerdict) -> Exercised:
    """What is kept of a run."""
    every = verdict.experiments
    return Exercised(
        rules=verdict.rule_set.identities if verdict.rule_set else (),
        panels=verdict.panels,
        canary=verdict.canary_seconds is not None,
        paged=tuple(
            AlertSight(
                name=alert.alert, labels=alert.identity.labels, experiment=one.name, outcome=alert.outcome
            )
            for one in every
            for alert in one.alerts
            if alert.expect != "quiet" and alert.outcome != "inconclusive"
        ),
        moved=tuple(
            Sight(name=panel_name(panel.dashboard, panel.panel), experiment=one.name, outcome=panel.outcome)
            for one in every
            for panel in one.panels
            if panel.expect != "stay" and panel.outcome != "inconclusive"
        ),
        injected=tuple(
            Sight(name=fault.fault, experiment=one.name, outcome=one.outcome)
            for one in every
            for fault in one.faults
            if fault.effective_by is not None and one.outcome != "inconclusive"
        ),
    )


def panel_name(dashboard: str, title: str) -> str:
    """A panel as people and reports name it."""
    return f"{dashboard} / {title}"
