"""What a verdict says: values only. simulator/judge/ makes them from plan and journal; reports render them.

Times are seconds since the run began; durations are seconds; `uncertainty` is plus or minus seconds. A `cause` is what
programs ask; a `reason` is the same in words, for people. Reports of older versions, which are still read, have no causes.
"""

from typing import Literal, Self

from pydantic import model_validator

from simulator.base import former
from simulator.base.values import Epoch, Value
from simulator.journal.earlier import EarlierRuns
from simulator.journal.facts import RunStatus
from simulator.judge.causes import (
    About,
    AlertCause,
    BrokenCause,
    Cause,
    HealingCause,
    LedgerCause,
    PanelCause,
    Reached,
)
from simulator.judge.loaded import Programs, RuleSet
from simulator.plan.identity import Identity
from simulator.plan.judged import Severity
from simulator.plan.models import Apart, Expect, Movement
from simulator.plan.provenance import Provenance
from simulator.safety.nets import NetName

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


class AlertGap(Value):
    """A time for which an alert that had come was gone, although its fault lasted; run seconds."""

    start: float
    end: float
    """When it came back, or when the undo began."""
    came_back: bool
    seen_by: tuple[str, ...]
    """Prometheus, Alertmanager, the receiver: who saw it go."""


class AlertVerdict(Value):
    """One expected alert: what was wanted, what happened, how long it took."""

    alert: str
    labels: dict[str, str] = {}
    """By which it is told from alerts of the same name; empty where the name is enough."""
    severity: Severity
    expect: Expect
    outcome: Outcome
    cause: AlertCause | None = None
    """What was seen of it."""
    reached: Reached | None = None
    """How far it came, where it did not do what it must."""
    unproven: BrokenCause | None = None
    """The precondition without which that proves nothing."""
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
    gaps: tuple[AlertGap, ...] = ()
    """When it was gone before the undo."""
    clears: str = ""
    """Why it may be; empty where it may not."""
    rule_digest: str = ""
    """Of all that its rule fires by; empty: not recorded."""
    route_digests: tuple[str, ...] = ()
    """Of the routes by which we were told of it."""

    @property
    def identity(self) -> Identity:
        """With its severity, which every page of it had to have."""
        return Identity.of(self.alert, self.labels, self.severity)

    @property
    def shown(self) -> str:
        """As reports name it, and tell it from others: its name, with its labels where they matter."""
        return str(Identity.of(self.alert, self.labels))


class PanelVerdict(Value):
    """One expected panel."""

    dashboard: str
    panel: str
    series: str
    expect: Movement
    outcome: Outcome
    cause: PanelCause | None = None
    """What was seen of it."""
    unproven: BrokenCause | None = None
    """The precondition without which that proves nothing."""
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
    labels: dict[str, str] = {}
    because: str
    fired: int
    paged: int | None
    """None: no receiver of ours was told."""

    @property
    def identity(self) -> Identity:
        return Identity.of(self.alert, self.labels)

    @property
    def shown(self) -> str:
        """As reports name it."""
        return str(self.identity)


class OtherAlert(Value):
    """An alert that fired, or was paged, and that its experiment does not name; as it was seen first."""

    alert: str
    labels: dict[str, str] = {}
    """By which it is told from alerts of the same name."""
    severity: str
    """Empty where it has none."""
    seen: Literal["fired", "paged"]
    at: float
    after: float
    """Seconds from `since`; below zero before it."""
    since: Literal["the fault", "the watch"]

    @property
    def shown(self) -> str:
        """As reports name it."""
        return str(Identity.of(self.alert, self.labels))

    @property
    def text(self) -> str:
        """What was seen, in words."""
        how = "fired" if self.seen == "fired" else "was paged"
        return f"{self.shown} {how} {self.after:+.1f} s from {self.since}"


class HealingVerdict(Value):
    """Whether the system came back by itself, before anything was undone."""

    outcome: Outcome
    cause: HealingCause | None = None
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
    """Why an experiment, or a run, is not met."""

    outcome: Outcome
    about: About | None = None
    subject: str = ""
    """Whose: the alert, panel, fault or experiments, as reports name them; empty where it concerns the whole."""
    cause: Cause | None = None
    said: str = ""
    """What is said of the subject, in words."""
    text: str
    """The whole of it, in words."""

    @classmethod
    def of(cls, outcome: Outcome, about: About, cause: Cause | None, said: str, subject: str = "") -> Self:
        """The reason, with its words in full."""
        text = f"{subject}: {said}" if subject else said
        return cls(outcome=outcome, about=about, subject=subject, cause=cause, said=said, text=text)


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
    unexpected: tuple[OtherAlert, ...]
    """Alerts that fired and were neither expected nor tolerated."""
    strangers: tuple[OtherAlert, ...] = ()
    """Alerts that fired and are not judged here: another team's."""
    panels: tuple[PanelVerdict, ...]
    tracks: tuple[PanelTrack, ...]


class LedgerVerdict(Value):
    """The books of a wave, from the system's word to its records and to Prometheus."""

    what: str
    experiments: tuple[str, ...]
    outcome: Outcome
    cause: LedgerCause | None = None
    reason: str
    acknowledged: int | None
    """None: the workload keeps no receipts, and nothing could be missing."""
    missing: int
    recorded: int
    doubled: int
    counted: float | None
    """None: the system has no counter of it."""

    @model_validator(mode="before")
    @classmethod
    def _as_formerly(cls, values: object) -> object:
        return former.books(values)


LeftOut = Literal["canary", "receiver", "traffic", "witness", "ledger", "receipts", "counter"]
"""A check that the system under test, or its traffic, gives no grounds for."""


class GeneratorChange(Value):
    """A load generator was lost, or joined, while the game day ran."""

    since: float
    """When its traffic ended or began."""
    text: str


class TrafficSummary(Value):
    """What the workload did over the whole run (means per second)."""

    seconds: float
    requests: float
    counted: dict[str, float]
    offered: float
    achieved: float
    dropped: float
    busiest_cpu_percent: float
    loop_lag_p99: float

    @model_validator(mode="before")
    @classmethod
    def _as_formerly(cls, values: object) -> object:
        return former.counted(values)


class BlindCondition(Value):
    """A stretch of time in which an abort condition had nothing to compare, and could not come true."""

    condition: str
    query: str
    """What had no value."""
    had: bool
    """Whether it had one before: else it had none since the run began."""
    start: float
    end: float | None
    """None: to the end of the run."""
    ignored: bool = False
    """Whether the condition says that this is no reason to abort."""

    @property
    def never_saw(self) -> bool:
        """Whether it had nothing to compare from the beginning to the end: a net that never was one."""
        return not self.had and self.end is None


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
    provenance: Provenance | None = None
    """None: not recorded."""
    programs: Programs | None = None
    """None: not recorded."""
    identity: str = ""
    """What the system had to say that it is; empty: not asked."""
    scrape_interval: float | None = None
    evaluation_interval: float | None = None
    """Seconds; None in reports that are older than these fields."""
    panels: tuple[str, ...] = ()
    """Every panel there is, as `dashboard / title`."""
    panel_digests: tuple[str, ...] = ()
    """One for each of `panels`, of its queries; empty: not recorded."""
    waves: tuple[tuple[str, ...], ...] = ()
    """The experiments by name; those of one wave ran at the same time."""
    apart: tuple[Apart, ...] = ()
    """What kept experiments from running at the same time as others."""
    lower_bound: float = 0.0
    """Seconds that the plan could not undercut."""
    ledger: tuple[LedgerVerdict, ...] = ()
    """One for each wave, in the order of time."""
    left_out: tuple[LeftOut, ...] = ()
    """What could not be checked there: nothing is proven of it, in neither way."""
    speaks_of_production: bool = True
    """Whether the loaded rules say what production's are; else nothing is said of those."""
    undo: str = "simulator undo"
    """What has to be typed to undo by hand what is left injected."""
    without: tuple[NetName, ...] = ()
    """The nets that the run did without."""
    blind: tuple[BlindCondition, ...] = ()
    """When abort conditions saw nothing."""
    earlier: EarlierRuns | None = None
    """The latest runs of the same kind, as they were when this one began; None: not recorded."""
    generators: tuple[GeneratorChange, ...] = ()
    """Load generators that were lost or joined, in the order of time."""
    journal_seal: str = ""
    """The seal on the last line of the journal that this was made from; empty: not recorded."""
