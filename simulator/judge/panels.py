"""Judges one expected panel: did it move as wanted, in time, and did it come back?"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.journal.facts import FaultUndone
from simulator.judge.case import Case, Interval
from simulator.judge.causes import PanelCause
from simulator.judge.movement import (
    Band,
    Moved,
    baseline_bands,
    find_movement,
    find_return,
    find_unrest,
    undisturbed,
)
from simulator.judge.samples import Sample
from simulator.judge.verdict import Outcome, PanelTrack, PanelVerdict
from simulator.plan.models import Panel, PanelExpectation

_WENT = {
    "up": "went up",
    "down": "went down",
    "disappear": "disappeared",
    "change": "changed",
    "stay": "stayed",
}
_GO = {"up": "go up", "down": "go down", "disappear": "disappear", "change": "change", "stay": "stay"}
TRACK_BEFORE = 30.0
"""Seconds of samples before the fault that a chart shows."""


@dataclass(frozen=True)
class Found:
    """What became of a panel, and the same in words."""

    outcome: Outcome
    cause: PanelCause
    reason: str


def judge_panel(case: Case, wanted: PanelExpectation) -> PanelVerdict:
    """The verdict on one panel."""
    panel = _panel(case, wanted)
    bites = case.bites
    if panel is None:
        return _verdict(wanted, Found("breached", "no-such-panel", "there is no such panel"), 0)
    if bites is None or case.observed_to is None:
        found = Found("inconclusive", "not-observed", "the fault was not observed to its end")
        return _verdict(wanted, found, 0)
    policy = case.policy.panels
    samples = case.drawn(panel.dashboard, panel.title)
    before = [sample for sample in samples if sample.at < bites.start]
    normal = list(undisturbed(before, case.disturbed, panel.settles))[-policy.baseline_most :]
    if len(normal) < policy.baseline_least:
        reason = f"{len(normal)} baseline samples, {policy.baseline_least} are needed"
        return _verdict(wanted, Found("inconclusive", "short-baseline", reason), len(normal))
    bands = baseline_bands(normal, panel.unit, policy)
    if not bands or (wanted.series and wanted.series not in bands):
        known = ", ".join(sorted(bands)) or "nothing"
        reason = (
            f"no data before the fault for series {wanted.series or 'of any name'!r}; the panel drew {known}"
        )
        return _verdict(wanted, Found("inconclusive", "no-data", reason), len(normal))
    if case.gaps("panels"):
        found = Found("inconclusive", "lost-sight", "the panel's data source was lost meanwhile")
        return _verdict(wanted, found, len(normal))
    observed = [sample for sample in samples if bites.start <= sample.at <= case.observed_to]
    if wanted.expect == "stay":
        return _stayed(case, wanted, panel.unit, bands, observed, len(normal))
    moved = find_movement(bands, observed, wanted.expect, policy, wanted.series)
    return _moved(case, wanted, bands, samples, moved, len(normal))


def track(case: Case, panel: Panel) -> PanelTrack:
    """The samples of a panel from half a minute before the experiment's fault to the experiment's end."""
    begin = (case.bites.start if case.bites else case.started) - TRACK_BEFORE
    series: dict[str, list[tuple[float, float]]] = {}
    for sample in case.drawn(panel.dashboard, panel.title):
        if begin <= sample.at <= case.ended:
            for name, value in sample.values.items():
                series.setdefault(name, []).append((round(sample.at, 3), value))
    return PanelTrack(
        dashboard=panel.dashboard,
        panel=panel.title,
        unit=panel.unit,
        series={name: tuple(points) for name, points in sorted(series.items())},
    )


def _stayed(
    case: Case,
    wanted: PanelExpectation,
    unit: str,
    bands: dict[str, Band],
    observed: Sequence[Sample],
    count: int,
) -> PanelVerdict:
    policy = case.policy.panels
    if len(observed) < policy.in_a_row_to_stay:
        few = f"{len(observed)} samples while it was observed; a movement needs {policy.in_a_row_to_stay}"
        return _verdict(wanted, Found("inconclusive", "few-samples", few), count)
    moved = find_unrest(bands, observed, unit, policy, wanted.series)
    if moved is None:
        return _verdict(wanted, Found("met", "stayed", "stayed"), count)
    reason = f"{moved.series} {_WENT[moved.movement]}"
    if moved.value is not None:
        normal = bands.get(moved.series)
        usual = f"normal is {normal.median:g} ± {normal.width:g}" if normal else "it was not there before"
        reason += f" to {moved.value:g}; {usual}"
    return _verdict(wanted, Found("breached", "restless", reason), count, moved)


def _moved(
    case: Case,
    wanted: PanelExpectation,
    bands: dict[str, Band],
    samples: Sequence[Sample],
    moved: Moved | None,
    count: int,
) -> PanelVerdict:
    bites = case.bites
    if bites is None or moved is None:
        drew = ", ".join(f"{name} {normal.median:g}" for name, normal in sorted(bands.items()))
        said = f"did not {_GO[wanted.expect]}; it stayed near {drew}"
        return _verdict(wanted, Found("breached", "still", said), count)
    undone = max((fact.at for fact in case.all(FaultUndone)), default=None)
    after = [sample for sample in samples if undone is not None and undone <= sample.at <= case.ended]
    which = moved.series if wanted.expect != "disappear" else wanted.series
    back = find_return(bands, after, case.policy.panels, which)
    latency = moved.at - bites.start
    found = _in_time(
        f"{moved.series} {_WENT[moved.movement]} after {latency:.1f} s", wanted, moved, bites, back
    )
    return _verdict(wanted, found, count, moved).model_copy(
        update={"latency": round(latency, 3), "back_at": back}
    )


def _in_time(said: str, wanted: PanelExpectation, moved: Moved, bites: Interval, back: float | None) -> Found:
    """What it is worth that a panel moved: in time, and only for a time."""
    if moved.since - bites.start > wanted.within:
        return Found("breached", "late", f"late: {said}, limit {wanted.within:g} s")
    if moved.at - bites.start > wanted.within:
        still = f"{moved.since - bites.start:.1f} s after it had not yet, limit {wanted.within:g} s"
        return Found("inconclusive", "unsure", f"the samples straddle the limit: {said}, {still}")
    if back is None:
        return Found("breached", "not-back", f"{said}, but did not come back")
    return Found("met", "moved", said)


def _panel(case: Case, wanted: PanelExpectation) -> Panel | None:
    return next(
        (
            panel
            for panel in case.plan.panels
            if (panel.dashboard, panel.title) == (wanted.dashboard, wanted.panel)
        ),
        None,
    )


def _verdict(wanted: PanelExpectation, found: Found, count: int, moved: Moved | None = None) -> PanelVerdict:
    return PanelVerdict(
        dashboard=wanted.dashboard,
        panel=wanted.panel,
        series=moved.series if moved else wanted.series,
        expect=wanted.expect,
        outcome=found.outcome,
        cause=found.cause,
        reason=found.reason,
        limit=wanted.within,
        baseline_samples=count,
        moved_at=moved.at if moved else None,
        latency=None,
        back_at=None,
    )
