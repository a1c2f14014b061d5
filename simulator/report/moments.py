"""What happened when, in seconds since the fault bit: the rows that the timeline draws and its table repeats."""

from dataclasses import dataclass
from typing import Literal

from simulator.judge.verdict import AlertVerdict, ExperimentVerdict, FaultVerdict, Outcome, PanelVerdict
from simulator.report.standing import Standing, standing
from simulator.report.words import seconds

Shape = Literal[
    "requested", "effective", "true", "pending", "firing", "accepted", "notified", "resolved",
    "gone", "again", "healed", "undo", "undone", "quiet", "moved", "back", "nothing",
]  # fmt: skip
ALERT_MARKS: tuple[Shape, ...] = ("true", "pending", "firing", "accepted", "notified", "resolved")


@dataclass(frozen=True)
class Moment:
    """One thing that happened, in seconds since the fault bit, plus or minus `uncertainty`."""

    shape: Shape
    at: float
    uncertainty: float
    source: str


@dataclass(frozen=True)
class Lane:
    """One row: whose, how it ended, and its moments in order."""

    name: str
    note: str
    kind: Literal["fault", "alert", "panel"]
    outcome: Outcome
    reached: float | None
    """When what was asked for had happened; None when it never did."""
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Band:
    """When a fault was in force; `sure_from` is the first moment at which it was proven to bite."""

    begin: float
    sure_from: float
    end: float


@dataclass(frozen=True)
class Story:
    """An experiment as a picture tells it; everything in seconds since the fault bit, or since what stands for it."""

    since: str
    lanes: tuple[Lane, ...]
    bands: tuple[Band, ...]
    limit: float
    begin: float
    end: float


@dataclass(frozen=True)
class Zero:
    """The run second from which an experiment's times are counted, and what happened then."""

    at: float
    since: Literal["the fault", "the request", "the watch", "the start"]


def zero_of(experiment: ExperimentVerdict) -> Zero:
    """The start of the earliest effective interval, and where no fault was effective, the next best thing."""
    bites = [fault.effective_from for fault in experiment.faults if fault.effective_from is not None]
    if bites:
        return Zero(min(bites), "the fault")
    if experiment.faults:
        return Zero(min(fault.requested for fault in experiment.faults), "the request")
    if experiment.observed_from is not None:
        return Zero(experiment.observed_from, "the watch")
    return Zero(experiment.started, "the start")


def story(experiment: ExperimentVerdict) -> Story:
    """All lanes, the faults first."""
    origin = zero_of(experiment)
    zero = origin.at
    faults = [_fault(fault, experiment, zero) for fault in experiment.faults]
    alerts = [_alert(alert, zero) for alert in experiment.alerts]
    panels = [_panel(panel, zero) for panel in experiment.panels if panel.expect != "stay" or panel.moved_at]
    lanes = (*faults, *alerts, *panels)
    times = [moment.at for lane in lanes for moment in lane.moments]
    limits = [alert.limit for alert in experiment.alerts] + [panel.limit for panel in experiment.panels]
    limit = max(limits, default=0.0)
    return Story(
        since=origin.since,
        lanes=lanes,
        bands=tuple(_bands(experiment, zero)),
        limit=limit,
        begin=min([0.0, *times]),
        end=max([limit, *times]),
    )


def _bands(experiment: ExperimentVerdict, zero: float) -> list[Band]:
    return [
        Band(
            begin=fault.effective_from - zero,
            sure_from=fault.effective_by - zero,
            end=(experiment.ended if fault.undone is None else fault.undone) - zero,
        )
        for fault in experiment.faults
        if fault.effective_from is not None and fault.effective_by is not None
    ]


def _fault(fault: FaultVerdict, experiment: ExperimentVerdict, zero: float) -> Lane:
    check = "the fault's own check"
    width = (fault.effective_by or 0.0) - (fault.effective_from or 0.0)
    healing = fault.healing
    timed: tuple[tuple[Shape, float | None, float, str], ...] = (
        ("requested", fault.requested, 0.0, "engine"),
        ("effective", fault.effective_from, width, check),
        ("healed", healing.healed if healing else None, healing.uncertainty if healing else 0.0, check),
        ("undo", fault.undo_requested, 0.0, "engine"),
        ("undone", fault.undone, 0.0, check),
        ("quiet", experiment.quiet_again, 0.0, "the recovery gate"),
    )
    moments = [Moment(shape, at - zero, wide, source) for shape, at, wide, source in timed if at is not None]
    outcome: Outcome = "inconclusive" if fault.effective_by is None else "met"
    return Lane(
        name=fault.fault,
        note=fault.description,
        kind="fault",
        outcome="breached" if not fault.undo_confirmed else healing.outcome if healing else outcome,
        reached=None,
        moments=_in_order(moments),
    )


def _alert(alert: AlertVerdict, zero: float) -> Lane:
    moments = [
        Moment(shape, mark.at - zero, mark.uncertainty, mark.source)
        for mark in alert.marks
        for shape in ALERT_MARKS
        if shape == mark.mark
    ]
    for gap in alert.gaps:
        seen_by = ", ".join(gap.seen_by)
        moments.append(Moment("gone", gap.start - zero, 0.0, seen_by))
        if gap.came_back:
            moments.append(Moment("again", gap.end - zero, 0.0, seen_by))
    stands = standing(alert)
    if stands == "missed":
        moments.append(Moment("nothing", alert.limit, 0.0, "nothing came"))
    return Lane(
        name=alert.shown,
        note=_note(alert, stands),
        kind="alert",
        outcome=alert.outcome,
        reached=alert.latency,
        moments=_in_order(moments),
    )


def _note(alert: AlertVerdict, stands: Standing) -> str:
    if stands in ("paged", "accepted", "late", "flapped", "wrong", "inhibited") and alert.latency is not None:
        return f"{stands}, {seconds(alert.latency)}"
    return stands


def _panel(panel: PanelVerdict, zero: float) -> Lane:
    source = f"panel, series {panel.series}" if panel.series else "panel"
    timed: tuple[tuple[Shape, float | None], ...] = (("moved", panel.moved_at), ("back", panel.back_at))
    moments = [Moment(shape, at - zero, 0.0, source) for shape, at in timed if at is not None]
    if panel.moved_at is None and panel.outcome == "breached":
        moments.append(Moment("nothing", panel.limit, 0.0, "nothing moved"))
    return Lane(
        name=panel.panel,
        note=f"panel, must {'stay' if panel.expect == 'stay' else panel.expect}"
        if panel.expect in ("stay", "change", "disappear")
        else f"panel, must go {panel.expect}",
        kind="panel",
        outcome=panel.outcome,
        reached=None if panel.moved_at is None else panel.moved_at - zero,
        moments=_in_order(moments),
    )


def _in_order(moments: list[Moment]) -> tuple[Moment, ...]:
    return tuple(sorted(moments, key=lambda moment: moment.at))
