"""Building blocks of the sample verdicts: chains, faults and curves with realistic numbers."""

import math
from collections.abc import Callable
from itertools import pairwise

from simulator.judge.verdict import (
    AlertVerdict,
    FaultVerdict,
    Mark,
    MarkAt,
    PanelTrack,
    PanelVerdict,
    StageTime,
    TrafficSummary,
)
from simulator.plan.judged import Severity
from simulator.plan.models import Movement

SYSTEM = "erpgo-system-performance"
SECURITY = "erpgo-security-metrics"
TRAFFIC = TrafficSummary(
    seconds=486.0,
    requests=118.4,
    counted={"orders": 11.9},
    offered=119.1,
    achieved=118.9,
    dropped=0.004,
    busiest_cpu_percent=41.0,
    loop_lag_p99=0.0121,
)
_UP_TO_PAGE = ("effective", "true", "pending", "firing", "accepted", "notified")
_SOURCES: dict[str, tuple[str, float]] = {
    "effective": ("the fault's own check", 0.26),
    "true": ("raw samples", 0.01),
    "pending": ("Prometheus activeAt", 0.01),
    "firing": ("raw samples", 0.01),
    "accepted": ("Alertmanager", 0.25),
    "notified": ("receiver", 0.004),
    "undone": ("the fault's own check", 0.0),
    "resolved": ("receiver", 0.004),
}


def marks(zero: float, **after: float) -> tuple[MarkAt, ...]:
    """Marks from seconds after the fault bit."""
    made = [_mark(name, zero + at) for name, at in {"effective": 0.0, **after}.items()]
    return tuple(sorted(made, key=lambda mark: mark.at))


def _mark(name: str, at: float) -> MarkAt:
    known: dict[str, Mark] = {
        "effective": "effective",
        "true": "true",
        "pending": "pending",
        "firing": "firing",
        "accepted": "accepted",
        "notified": "notified",
        "undone": "undone",
        "resolved": "resolved",
    }
    source, uncertainty = _SOURCES[name]
    return MarkAt(mark=known[name], at=round(at, 3), uncertainty=uncertainty, source=source)


def stages(chain: tuple[MarkAt, ...]) -> tuple[StageTime, ...]:
    to_page = [mark for mark in chain if mark.mark in _UP_TO_PAGE]
    return tuple(
        StageTime(stage=f"{earlier.mark} → {later.mark}", took=round(later.at - earlier.at, 3))
        for earlier, later in pairwise(to_page)
    )


def paged(
    alert: str, zero: float, predicted: float, severity: Severity = "critical", **after: float
) -> AlertVerdict:
    chain = marks(zero, **after)
    took = after["notified"]
    return AlertVerdict(
        alert=alert,
        severity=severity,
        expect="notified",
        outcome="met",
        cause="arrived",
        reason=f"notified after {took:.1f} s ± 0.00 s, limit 30 s",
        limit=30.0,
        latency=took,
        uncertainty=0.004,
        predicted_worst=predicted,
        marks=chain,
        stages=stages(chain),
    )


def inhibited(alert: str, zero: float, by: str, **after: float) -> AlertVerdict:
    chain = marks(zero, **after)
    took = after["accepted"]
    return AlertVerdict(
        alert=alert,
        severity="warning",
        expect="inhibited",
        outcome="met",
        cause="arrived",
        reason=f"inhibited by {by} after {took:.1f} s",
        limit=30.0,
        latency=took,
        uncertainty=0.25,
        predicted_worst=24.0,
        marks=chain,
        stages=stages(chain),
    )


def moved(
    panel: str, series: str, expect: Movement, *, zero: float, after: float, back: float
) -> PanelVerdict:
    return PanelVerdict(
        dashboard=SECURITY if panel.startswith("Authentication") else SYSTEM,
        panel=panel,
        series=series,
        expect=expect,
        outcome="met",
        cause="moved",
        reason=f"{series} went {expect} after {after:.1f} s",
        limit=30.0,
        baseline_samples=30,
        moved_at=zero + after,
        latency=after,
        back_at=zero + back,
    )


def stayed(panel: str, dashboard: str = SYSTEM) -> PanelVerdict:
    return PanelVerdict(
        dashboard=dashboard,
        panel=panel,
        series="",
        expect="stay",
        outcome="met",
        cause="stayed",
        reason="stayed",
        limit=30.0,
        baseline_samples=30,
        moved_at=None,
        latency=None,
        back_at=None,
    )


def fault(name: str, zero: float, description: str, evidence: str, undone: float) -> FaultVerdict:
    """Bites at `zero`; undone that many seconds later."""
    return FaultVerdict(
        fault=name,
        id=f"{name}-7f3a9c",
        description=description,
        requested=zero - 0.4,
        effective_from=zero,
        effective_by=zero + 0.26,
        evidence=evidence,
        undo_requested=zero + undone - 0.3,
        undone=zero + undone,
        undo_confirmed=True,
        undo_evidence="the service's own probe is green again",
    )


Curve = Callable[[float], float | None]


def track(panel: str, unit: str, zero: float, until: float, **series: Curve) -> PanelTrack:
    """Samples every 2 s from half a minute before the fault; None leaves a gap."""
    sampled: dict[str, tuple[tuple[float, float], ...]] = {}
    for name, curve in series.items():
        points = [
            (zero - 30.0 + 2.0 * step, curve(-30.0 + 2.0 * step)) for step in range(int(until + 30) // 2)
        ]
        sampled[name] = tuple((at, value) for at, value in points if value is not None)
    return PanelTrack(
        dashboard=SECURITY if panel.startswith("Authentication") else SYSTEM,
        panel=panel,
        unit=unit,
        series=sampled,
    )


def noisy(level: float, share: float = 0.03) -> Curve:
    """A steady level with a little repeatable noise."""
    return lambda at: level * (1 + share * (math.sin(1.7 * at) + math.sin(0.61 * at + 1)) / 2)


def step(before: Curve, during: Curve, begin: float, end: float, ramp: float = 6.0) -> Curve:
    """From one curve to another and back, each within `ramp` seconds."""

    def value(at: float) -> float | None:
        first, second = before(at), during(at)
        if first is None or second is None:
            return second if begin <= at < end else first
        share = min(1.0, max(0.0, (at - begin) / ramp)) - min(1.0, max(0.0, (at - end) / ramp))
        return first + (second - first) * share

    return value


def gone(before: Curve, begin: float, end: float) -> Curve:
    """No data from `begin` to `end`."""
    return lambda at: None if begin <= at < end else before(at)
