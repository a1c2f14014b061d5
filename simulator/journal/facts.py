"""The facts that a journal can hold.

`at` is seconds since the run began, on the engine's monotonic clock. Times that other programs stamped
(`*_epoch`) are UTC seconds since 1970, as they gave them; `ClockOffset` says how far their clocks are off.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulator.base import former
from simulator.base.values import Epoch, Number, Whole
from simulator.journal.blindness import ConditionBlind, ConditionSighted
from simulator.journal.drawn import PanelSampled, PanelsDrawn
from simulator.journal.earlier import EarlierRuns
from simulator.journal.fact import Fact
from simulator.journal.fitness import (
    ClockStepped,
    GeneratorsChanged,
    LoopLag,
    ProcessSeen,
    RequestsCounted,
    TrafficSeen,
)
from simulator.journal.loaded import (
    ElsewhereTimes,
    PlanRefused,
    ProgramsSeen,
    RouteSeen,
    RulesAsked,
    Stage,
)
from simulator.plan.identity import Identity
from simulator.plan.models import Plan

RunStatus = Literal["completed", "aborted", "interrupted", "failed"]


class Planned(Fact):
    """Always the first record."""

    kind: Literal["planned"] = "planned"
    plan: Plan


class RunStarted(Fact):
    """Zero on the run's own time axis."""

    kind: Literal["run_started"] = "run_started"
    epoch: Epoch
    """UTC seconds at which `at` was zero."""


class ClockOffset(Fact):
    """`program`'s clock minus the engine's, in seconds, known to within `uncertainty`."""

    kind: Literal["clock_offset"] = "clock_offset"
    program: Literal["prometheus", "alertmanager", "receiver"]
    offset: Number
    uncertainty: Number


class RuleSetSeen(Fact):
    """Which rules are loaded: the name of their file, and a hash of all that they say but the annotations."""

    kind: Literal["rule_set_seen"] = "rule_set_seen"
    name: str
    digest: str
    alerts: tuple[str, ...]
    """By name."""
    rules: tuple[Identity, ...] = ()
    """The same with the labels that the rules give them; older journals do not say."""
    digests: tuple[str, ...] = ()
    """One for each of `rules`: what it fires by, what it reads of recording rules included. Older journals do not say."""
    failing: tuple[str, ...] = ()
    """Alerts, as they are told apart, and recordings that Prometheus could not evaluate."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Every alert that the rules can fire, as far as is known."""
        return self.rules or tuple(Identity(alert=name) for name in self.alerts)


class RuleSeen(Fact):
    """A rule as Prometheus has it loaded, and the latency that follows from it (see preflight/promise.py)."""

    kind: Literal["rule_seen"] = "rule_seen"
    alert: str
    loaded: bool
    health: str = ""
    severity: str = ""
    labels: dict[str, str] = {}
    """Those that the rule itself gives its alerts; of one that is not loaded, those that were asked for."""
    expr: str = ""
    digest: str = ""
    """Of all that it fires by, what it reads of recording rules included; empty: not recorded."""
    at_least: Number = 0.0
    """Seconds from fault to page that no luck can undercut: hold and group wait."""
    stages: tuple[Stage, ...] = ()
    """The worst case, stage by stage."""
    production: ElsewhereTimes | None = None
    """None where the rule does not say."""

    @property
    def identity(self) -> Identity:
        return Identity.of(self.alert, self.labels, self.severity)


class AbortDue(Fact):
    """One of the environment's abort conditions is true."""

    kind: Literal["abort_due"] = "abort_due"
    condition: str
    expr: str
    observed: str
    """The value of its first sample, or what it no longer sees."""
    blind: bool = False
    """It counts as true because it has lost what it compares."""

    def __str__(self) -> str:
        is_true = "counts as true" if self.blind else "is true"
        return f"abort condition {self.condition} {is_true}: {self.expr} gives {self.observed}"


class GateChecked(Fact):
    """A precondition: `canary` (before all), `steady` (before an experiment), `recovery` (quiet again, after it)."""

    kind: Literal["gate_checked"] = "gate_checked"
    gate: Literal["canary", "steady", "recovery"]
    passed: bool
    waited: Number
    observed: str


class ExperimentStarted(Fact):
    """All facts until its end belong to this experiment."""

    kind: Literal["experiment_started"] = "experiment_started"


class ObservationStarted(Fact):
    """The watch begins: every fault is effective, or, in a control, traffic is steady."""

    kind: Literal["observation_started"] = "observation_started"


class ObservationEnded(Fact):
    """The watch is over; undo follows."""

    kind: Literal["observation_ended"] = "observation_ended"


class ExperimentEnded(Fact):
    """The experiment is over, in whatever way."""

    kind: Literal["experiment_ended"] = "experiment_ended"
    status: RunStatus
    reason: str = ""


class FaultRequested(Fact):
    """The engine asked for the fault."""

    kind: Literal["fault_requested"] = "fault_requested"
    fault: str
    id: str
    lags: bool = False
    """Its check sees the harm late: negative looks do not move the start of the effective interval."""


class FaultChecked(Fact):
    """One look of a fault's own check; `began` is when the look started, `at` when it was answered."""

    kind: Literal["fault_checked"] = "fault_checked"
    fault: str
    id: str
    began: Number
    question: Literal["effective", "healed"]
    ok: bool
    observed: str


class LockQueued(Fact):
    """What a fault's waiting for its locks has done so far, to itself and to those who waited behind it."""

    kind: Literal["lock_queued"] = "lock_queued"
    fault: str
    id: str
    tries: Whole
    given_up: Whole
    """Tries that ended without the lock."""
    longest: Number
    """Seconds that one try has waited, at most."""
    behind: Whole
    """Sessions that waited behind it at a time, at most."""
    in_the_way: tuple[str, ...] = ()
    """Who held what it waited for, the last time that it gave up."""


class FaultUndone(Fact):
    """The undo was confirmed, or was given up."""

    kind: Literal["fault_undone"] = "fault_undone"
    fault: str
    id: str
    requested: Number
    """When the undo was asked for."""
    confirmed: bool
    observed: str


class AlertSeen(Fact):
    """An alert, as one of those who know of it has it."""

    alert: str
    labels: dict[str, str] = {}
    severity: str

    @property
    def identity(self) -> Identity:
        return Identity.of(self.alert, self.labels, self.severity)


class PrometheusAlert(AlertSeen):
    """An alert changed its state in Prometheus, or has it since another moment: it went and came back unseen."""

    kind: Literal["prometheus_alert"] = "prometheus_alert"
    instance: str
    """The label set that tells instances of one rule apart, as `k="v",...`."""
    state: Literal["inactive", "pending", "firing"]
    active_epoch: Number | None = None


class AlertmanagerAlert(AlertSeen):
    """An alert appeared, changed or went in Alertmanager."""

    kind: Literal["alertmanager_alert"] = "alertmanager_alert"
    fingerprint: str
    state: Literal["active", "suppressed", "gone"]
    starts_epoch: Number
    inhibited_by: tuple[str, ...] = ()
    """The alerts that inhibit it, by name, with labels where a name alone could be two."""
    silenced_by: tuple[str, ...] = ()
    """Ids of silences."""

    @property
    def is_over(self) -> bool:
        return self.state == "gone"


class Page(AlertSeen):
    """A notification that the receiver got; `at` is when the engine learned of it."""

    kind: Literal["page"] = "page"
    sequence: Whole
    fingerprint: str
    route: str
    status: Literal["firing", "resolved"]
    starts_epoch: Number
    received_epoch: Number

    @property
    def is_over(self) -> bool:
        return self.status == "resolved"


class Evidence(Fact):
    """The first raw sample, of a query, that shows a mark; `epoch` is None when there is none."""

    kind: Literal["evidence"] = "evidence"
    mark: Literal["true", "firing"]
    alert: str
    labels: dict[str, str] = {}
    """Those by which it is told apart; none in older journals."""
    query: str
    epoch: Number | None


class LedgerChecked(Fact):
    """The books of a wave: what was acknowledged to the workload, what the system recorded, what Prometheus counted."""

    kind: Literal["ledger_checked"] = "ledger_checked"
    what: str
    """Of what the books are, as reports call it."""
    experiments: tuple[str, ...]
    """The wave, after which this was looked up."""
    seconds: Number = 0.0
    """How long the wave took."""
    acknowledged: Whole | None = None
    """None: the workload keeps no receipts."""
    missing: tuple[str, ...] = ()
    """Ids of what was acknowledged and is not recorded."""
    recorded: Whole = 0
    """What the system has recorded between the wave's first scrape and its last, whoever asked for it."""
    doubled: Whole = 0
    """Of that, what is beyond one for each idempotency key."""
    counted: Number | None = None
    """What the system's own counter grew by between those scrapes, resets accounted for; None: it has none."""
    resets: Whole = 0
    error: str = ""
    """Why nothing could be looked up."""

    @model_validator(mode="before")
    @classmethod
    def _as_formerly(cls, values: object) -> object:
        return former.books(values)


class Lost(Fact):
    """A source stopped answering."""

    kind: Literal["lost"] = "lost"
    source: str
    error: str


class Regained(Fact):
    """The source answers again."""

    kind: Literal["regained"] = "regained"
    source: str


class Note(Fact):
    """Something worth knowing that no verdict rests on."""

    kind: Literal["note"] = "note"
    text: str


class Altered(Fact):
    """Never written: the reader says so where a line is not as it was written, or one before it is gone."""

    kind: Literal["altered"] = "altered"
    line: Whole


class RunEnded(Fact):
    """The last record of a run that ended in order."""

    kind: Literal["run_ended"] = "run_ended"
    status: RunStatus
    reason: str = ""
    left_injected: tuple[str, ...] = ()
    """Ids of faults whose undo could not be confirmed."""


AnyFact = Annotated[
    Planned
    | AbortDue
    | ConditionBlind
    | ConditionSighted
    | ClockStepped
    | RunStarted
    | EarlierRuns
    | ClockOffset
    | RuleSeen
    | RuleSetSeen
    | ProgramsSeen
    | RouteSeen
    | PlanRefused
    | RulesAsked
    | GateChecked
    | ExperimentStarted
    | ObservationStarted
    | ObservationEnded
    | ExperimentEnded
    | FaultRequested
    | FaultChecked
    | LockQueued
    | FaultUndone
    | PrometheusAlert
    | AlertmanagerAlert
    | Page
    | Evidence
    | PanelSampled
    | PanelsDrawn
    | TrafficSeen
    | RequestsCounted
    | GeneratorsChanged
    | LoopLag
    | ProcessSeen
    | LedgerChecked
    | Lost
    | Regained
    | Note
    | Altered
    | RunEnded,
    Field(discriminator="kind"),
]
