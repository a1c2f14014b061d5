"""Would it have woken us? Every alert of a run, put into the order in which people ask."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from simulator.judge.causes import AlertCause
from simulator.judge.verdict import AlertVerdict, ExperimentVerdict, OtherAlert, RunVerdict, StageTime
from simulator.plan.judged import Severity

Standing = Literal[
    "missed",
    "late",
    "flapped",
    "wrong",
    "unexpected",
    "unproven",
    "paged",
    "accepted",
    "inhibited",
    "firing",
    "quiet",
]
"""`missed`: never did what it must. `late`: past its limit. `flapped`: came, and went while its fault lasted. `wrong`: paged, but not as it must (severity, route,
not inhibited). `unexpected`: nobody allowed it. `unproven`: inconclusive. The rest did what they must."""


_BREACHED: dict[AlertCause, Standing] = {
    "late": "late",
    "flapped": "flapped",
    "wrong-severity": "wrong",
    "wrong-route": "wrong",
    "paged": "wrong",
    "not-inhibited": "missed",
    "missed": "missed",
    "held-back": "missed",
    "no-rule": "missed",
    "rule-broken": "missed",
    "loud": "unexpected",
}
"""How an alert stands that is breached, by what became of it."""


@dataclass(frozen=True)
class Standings:
    """One alert in one experiment, as it stands."""

    experiment: str
    alert: str
    standing: Standing
    severity: Severity | None
    """None for an unexpected alert: no expectation names one."""
    expect: str
    latency: float | None
    uncertainty: float
    limit: float | None
    predicted_worst: float | None
    in_production: float | None
    stages: tuple[StageTime, ...]
    reason: str


@dataclass(frozen=True)
class Group:
    """Alerts that share an answer, the slowest first."""

    kind: Literal["would-not", "unproven", "would", "accepted", "held"]
    title: str
    rows: tuple[Standings, ...]


def standing(alert: AlertVerdict) -> Standing:
    """How one expected alert stands."""
    if alert.outcome == "inconclusive":
        return "unproven"
    if alert.outcome == "met":
        return "paged" if alert.expect == "notified" else alert.expect
    if alert.cause is None:  # a report of an older version
        return "missed" if alert.latency is None else "wrong"
    return _BREACHED[alert.cause]


def groups(verdict: RunVerdict) -> tuple[Group, ...]:
    """All alerts of the run by answer; what would not have woken us stands first. Empty groups are left out."""
    rows = [row for experiment in verdict.experiments for row in _rows(experiment)]
    asked = (
        Group(
            "would-not",
            "Would not have woken you, or wrongly",
            _of(rows, "missed", "late", "flapped", "wrong", "unexpected"),
        ),
        Group("unproven", "Unproven", _of(rows, "unproven")),
        Group("would", "Would have woken you", _of(rows, "paged")),
        Group(
            "accepted",
            "Accepted by Alertmanager in time; whether anybody is told of it was not looked at",
            _of(rows, "accepted"),
        ),
        Group(
            "held",
            "Fired or stayed quiet without a page, as intended",
            _of(rows, "inhibited", "firing", "quiet"),
        ),
    )
    return tuple(group for group in asked if group.rows)


def slowest_page(experiments: Iterable[ExperimentVerdict]) -> AlertVerdict | None:
    """The alert whose page took longest; one that was missed took longer than any (its latency is None).

    None where no page was expected, or none is proven.
    """
    asked = [
        alert
        for experiment in experiments
        for alert in experiment.alerts
        if alert.expect == "notified" and (alert.latency is not None or alert.outcome == "breached")
    ]
    return max(asked, key=lambda alert: math.inf if alert.latency is None else alert.latency, default=None)


def _rows(experiment: ExperimentVerdict) -> list[Standings]:
    rows = [
        Standings(
            experiment=experiment.name,
            alert=alert.shown,
            standing=standing(alert),
            severity=alert.severity,
            expect=alert.expect,
            latency=alert.latency,
            uncertainty=alert.uncertainty,
            limit=alert.limit,
            predicted_worst=alert.predicted_worst,
            in_production=alert.in_production,
            stages=alert.stages,
            reason=alert.reason,
        )
        for alert in experiment.alerts
    ]
    return rows + [_unexpected(experiment, one) for one in experiment.unexpected]


def _unexpected(experiment: ExperimentVerdict, alert: OtherAlert) -> Standings:
    return Standings(
        experiment=experiment.name,
        alert=alert.shown,
        standing="unexpected",
        severity=None,
        expect="",
        latency=None,
        uncertainty=0.0,
        limit=None,
        predicted_worst=None,
        in_production=None,
        stages=(),
        reason=alert.text,
    )


_FIRST: tuple[Standing, ...] = ("missed", "wrong", "flapped", "unexpected", "late")


def _of(rows: list[Standings], *standings: Standing) -> tuple[Standings, ...]:
    """Those that stand so: what never came before what came late, then the slowest first."""
    chosen = [row for row in rows if row.standing in standings]
    return tuple(sorted(chosen, key=_order))


def _order(row: Standings) -> tuple[int, float]:
    rank = _FIRST.index(row.standing) if row.standing in _FIRST else len(_FIRST)
    return rank, -(row.latency or 0.0)
