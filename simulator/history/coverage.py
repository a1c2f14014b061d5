"""Coverage: which rules, panels and faults were exercised by what runs recorded, and how that went when it was last done.

Pure functions of records: of an environment's catalogue for `simulator coverage`, of what was loaded for the SLA report. What
counts as exercised says `exercised`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from simulator.base.values import Value
from simulator.history.exercised import Sight, panel_name
from simulator.history.record import RunRecord
from simulator.judge.verdict import Outcome
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


class Loaded(Value):
    """One rule or panel that was loaded."""

    name: str
    last: Seen | None
    """None: no run that is known has exercised it."""
    lately: bool
    """Whether that was in the stretch of time that is reported."""


class LoadedCoverage(Value):
    """What one environment had loaded when it was last run on, and what of it was exercised."""

    environment: str
    run: str
    """That run; empty: no run of that time recorded what was loaded."""
    epoch: float
    """UTC seconds at which it began; 0 where there is none."""
    alerts: tuple[Loaded, ...]
    panels: tuple[Loaded, ...]
    unrecorded: int
    """Runs of that time of which it is not known what they exercised: an older version pruned them."""


def coverage(
    rules: Iterable[Rule],
    panels: Iterable[Panel],
    faults: Iterable[str],
    experiments: Sequence[Experiment],
    runs: Iterable[RunRecord],
) -> Coverage:
    """What a catalogue covers, rules, panels and faults in the order given, by runs in whatever order."""
    alerts = told_apart([rule.identity for rule in rules])
    last = _last(sorted(runs, key=lambda run: run.epoch), alerts)
    return Coverage(
        alerts=tuple(
            Covered(
                name=str(alert),
                planned=_alert_planned(alert, experiments),
                last=_seen(last.alerts, str(alert)),
            )
            for alert in alerts
        ),
        panels=tuple(
            Covered(name=name, planned=_panel_planned(name, experiments), last=_seen(last.panels, name))
            for name in (panel_name(panel.dashboard, panel.title) for panel in panels)
        ),
        faults=tuple(
            Covered(name=fault, planned=_fault_planned(fault, experiments), last=_seen(last.faults, fault))
            for fault in faults
        ),
    )


def loaded_coverage(known: Sequence[RunRecord], since: float) -> tuple[LoadedCoverage, ...]:
    """Of each environment that was run on since a moment (UTC seconds), what was exercised of what its latest run found.

    Args:
        known: all runs, the oldest first; those before that moment tell when something was last exercised.
        since: where the stretch of time begins that is reported.
    """
    names = sorted({run.environment for run in known if run.epoch >= since})
    return tuple(_loaded([run for run in known if run.environment == name], since) for name in names)


def _loaded(known: Sequence[RunRecord], since: float) -> LoadedCoverage:
    """Of one environment."""
    lately = [run for run in known if run.epoch >= since]
    latest = next((run for run in reversed(lately) if run.exercised and run.exercised.rules), None)
    there = latest.exercised if latest else None
    rules = there.rules if there else ()
    last = _last(known, rules)

    def loaded(name: str, sights: _Sights) -> Loaded:
        one = _seen(sights, name)
        return Loaded(name=name, last=one, lately=one is not None and one.epoch >= since)

    return LoadedCoverage(
        environment=known[0].environment,
        run=latest.run if latest else "",
        epoch=latest.epoch if latest else 0.0,
        alerts=tuple(loaded(str(rule), last.alerts) for rule in rules),
        panels=tuple(loaded(panel, last.panels) for panel in (there.panels if there else ())),
        unrecorded=sum(run.exercised is None for run in lately),
    )


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


_Sights = dict[str, tuple[RunRecord, Sight]]
_CANARY_SIGHT = Sight(name=CANARY, experiment=EVERY_RUN, outcome="met")


class _Last(NamedTuple):
    """The latest sight of everything, by name."""

    alerts: _Sights
    panels: _Sights
    faults: _Sights


def _last(runs: Sequence[RunRecord], rules: Sequence[Identity]) -> _Last:
    """By runs, the oldest first; read from the latest on, so that of each name only one is looked at closely."""
    last = _Last({}, {}, {})
    shown: dict[str, list[tuple[str, Identity]]] = defaultdict(list)
    for rule in rules:
        shown[shown_by(rule).alert].append((str(rule), shown_by(rule)))
    for run in reversed(runs):
        if run.exercised is None:
            continue
        here = _Last({}, {}, {})
        if run.exercised.canary and CANARY not in last.alerts:
            here.alerts[CANARY] = (run, _CANARY_SIGHT)
        for paged in run.exercised.paged:
            for name, alert in shown.get(paged.name, ()):
                if name not in last.alerts and alert.covers(paged.identity):
                    _see(here.alerts, name, run, paged)
        for moved in run.exercised.moved:
            if moved.name not in last.panels:
                _see(here.panels, moved.name, run, moved)
        for injected in run.exercised.injected:
            if injected.name not in last.faults:
                _see(here.faults, injected.name, run, injected)
        for found, known in zip(here, last, strict=True):
            known.update(found)
    return last


def _see(here: _Sights, name: str, run: RunRecord, sight: Sight) -> None:
    """A later sight of the run replaces an earlier one, but one failure is not made good by a repeat."""
    if name not in here or here[name][1].outcome != "breached":
        here[name] = (run, sight)


def _seen(sights: _Sights, name: str) -> Seen | None:
    if name not in sights:
        return None
    run, sight = sights[name]
    return Seen(run=run.run, experiment=sight.experiment, outcome=sight.outcome, epoch=run.epoch)
