"""What a verdict says: values only. simulator/judge/ makes them from plan and journal; reports render them.

Times are seconds since the run began; durations are seconds; `uncertainty` is plus or minus seconds.
"""

from typing import Literal

from simulator.journal.facts import RunStatus
from simulator.nets import NetName
from simulator.plan.models import Apart, Expect, Movement, Severity
from simulator.values import Epoch, Value

Outcome = Literal["met", "breached", "inconclusive"]
Mark = Literal[
    "requested", "effective", "true", "pending", "firing", "accepted", "notified", "undone", "resolved"
]


class MarkAt(Value):
    """One mark of an evidence chain."""

    mark: Mark
    at: float
    uncertainty: float
    source: str


class StageTime(Value):
    """How long one stage of the chain took, in seconds."""

    stage: str
    took: float


class AlertVerdict(Value):
    """One expected alert: what was wanted, what happened, how long it took."""

    alert: str
    severity: Severity
    expect: Expect
    outcome: Outcome
    reason: str
    limit: float
    latency: float | None
    """From the start of the effective interval to the page (inhibited: to the inhibition)."""
    uncertainty: float
    predicted_worst: float | None
    in_production: float | None = None
    """Seconds that the same fault would take to page with production's intervals, window, hold and group wait."""
    marks: tuple[MarkAt, ...]
    """In the order of time."""
    stages: tuple[StageTime, ...]


class PanelVerdict(Value):
    """One expected panel."""

    dashboard: str
    panel: str
    series: str
    expect: Movement
    outcome: Outcome
    reason: str
    limit: float
    baseline_samples: int
    moved_at: float | None
    latency: float | None
    """From the start of the effective interval to the first moved sample."""
    back_at: float | None


class TolerableAlert(Value):
    """An alert that may fire: its cause, and how often it was seen firing."""

    alert: str
    because: str
    fired: int
    paged: int


class HealingVerdict(Value):
    """Whether the system came back by itself, before anything was undone."""

    outcome: Outcome
    reason: str
    limit: float
    healed: float | None
    """When it was first seen well again."""
    latency: float | None
    """From the start of the effective interval."""
    uncertainty: float


class FaultVerdict(Value):
    """One injected fault."""

    fault: str
    id: str
    description: str
    requested: float
    effective_from: float | None
    """The last moment at which it was known not to bite."""
    effective_by: float | None
    """The first check that showed it to bite."""
    evidence: str
    undo_requested: float | None
    undone: float | None
    undo_confirmed: bool
    undo_evidence: str
    healing: HealingVerdict | None = None
    """Only where the system had to recover by itself."""


class Reason(Value):
    """Why an experiment is not met."""

    outcome: Outcome
    text: str


class PanelTrack(Value):
    """The samples of one panel around an experiment, for drawing: per series (run seconds, value)."""

    dashboard: str
    panel: str
    unit: str
    series: dict[str, tuple[tuple[float, float], ...]]


class ExperimentVerdict(Value):
    """One experiment, judged."""

    name: str
    title: str
    status: RunStatus
    outcome: Outcome
    reasons: tuple[Reason, ...]
    """Empty when met; worst first."""
    started: float
    ended: float
    observed_from: float | None
    observed_to: float | None
    quiet_again: float | None
    """When the recovery gate passed."""
    faults: tuple[FaultVerdict, ...]
    alerts: tuple[AlertVerdict, ...]
    tolerated: tuple[TolerableAlert, ...]
    unexpected: tuple[str, ...]
    """Alerts that fired and were neither expected nor tolerated."""
    panels: tuple[PanelVerdict, ...]
    tracks: tuple[PanelTrack, ...]


class RuleSet(Value):
    """The rules that were loaded: their name, a hash of their content, and every alert among them."""

    name: str
    digest: str
    alerts: tuple[str, ...]


class LedgerVerdict(Value):
    """The orders of a wave, from the API's word to the database and to Prometheus."""

    experiments: tuple[str, ...]
    outcome: Outcome
    reason: str
    acknowledged: int
    missing: int
    placed: int
    doubled: int
    counted: float


class GeneratorChange(Value):
    """A load generator was lost, or joined, while the game day ran."""

    since: float
    """When its traffic ended or began."""
    text: str


class TrafficSummary(Value):
    """What the workload did over the whole run (means per second)."""

    seconds: float
    requests: float
    orders: float
    offered: float
    achieved: float
    dropped: float
    busiest_cpu_percent: float
    loop_lag_p99: float


class RunVerdict(Value):
    """The whole run, judged; everything a report needs."""

    run: str
    game_day: str
    environment: str
    started_epoch: Epoch
    duration: float
    status: RunStatus
    status_reason: str
    outcome: Outcome
    exit_code: int
    reasons: tuple[Reason, ...]
    """What concerns the run and no single experiment (the canary, say)."""
    canary_seconds: float | None
    left_injected: tuple[str, ...]
    experiments: tuple[ExperimentVerdict, ...]
    not_run: tuple[str, ...]
    """Planned experiments that were never started."""
    traffic: TrafficSummary
    simulator_version: str
    seed: int
    rule_set: RuleSet | None = None
    panels: tuple[str, ...] = ()
    """Every panel there is, as `dashboard / title`."""
    waves: tuple[tuple[str, ...], ...] = ()
    """The experiments by name; those of one wave ran at the same time."""
    apart: tuple[Apart, ...] = ()
    """What kept experiments from running at the same time as others."""
    lower_bound: float = 0.0
    """Seconds that the plan could not undercut."""
    ledger: tuple[LedgerVerdict, ...] = ()
    """One for each wave, in the order of time."""
    undo: str = "simulator undo"
    """What has to be typed to undo by hand what is left injected."""
    without: tuple[NetName, ...] = ()
    """The nets that the run did without."""
    generators: tuple[GeneratorChange, ...] = ()
    """Load generators that were lost or joined, in the order of time."""
