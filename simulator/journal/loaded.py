"""Facts of what the stack had loaded: routes, what stood against the plan, and which rules had ceased to work."""

from datetime import UTC, datetime
from typing import Literal

from simulator.base.values import Epoch, Number, Value
from simulator.journal.fact import Fact
from simulator.plan.identity import Identity


class Stage(Value):
    """One step of the predicted way from fault to page."""

    name: str
    seconds: Number


class ElsewhereTimes(Value):
    """What the same alert waits for in production, in seconds, as its rule's annotation says."""

    interval: Number
    window: Number
    hold: Number
    group_wait: Number


class Muted(Value):
    """A stretch of time in which a route tells nobody."""

    interval: str
    """The time interval's name."""
    kind: Literal["mute", "active"]
    """`mute`: it lies in a `mute_time_intervals`; `active`: it lies outside of all `active_time_intervals`."""
    start_epoch: Epoch
    end_epoch: Epoch

    def __str__(self) -> str:
        start, end = (
            f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" for at in (self.start_epoch, self.end_epoch)
        )
        how = "muted by the time interval" if self.kind == "mute" else "muted outside of the time interval"
        return f"{how} {self.interval!r} from {start} to {end} UTC"


class RouteSeen(Fact):
    """A route of Alertmanager's that an expected alert takes, and when it is muted, as far as a run may last."""

    kind: Literal["route_seen"] = "route_seen"
    alert: str
    labels: dict[str, str] = {}
    """Of the alert, as far as they were known beforehand."""
    receiver: str
    route: str
    """Its matchers, from the root on."""
    ours: bool
    """Whether our receiver is told by it."""
    digest: str = ""
    """Of its way, how it groups and how long it waits; empty: not recorded."""
    muted: tuple[Muted, ...] = ()


class ProgramsSeen(Fact):
    """The versions of what is judged; empty where one does not say."""

    kind: Literal["programs_seen"] = "programs_seen"
    prometheus: str
    alertmanagers: tuple[str, ...]
    """Of every peer."""


class Objection(Value):
    """Why an expectation cannot be met, whatever happens."""

    of: str
    """The experiment."""
    about: str
    """The alert."""
    text: str

    def __str__(self) -> str:
        return f"{self.of}: {self.about}: {self.text}"


class PlanRefused(Fact):
    """The run ended before anything was injected, because the stack as it is loaded cannot meet the plan."""

    kind: Literal["plan_refused"] = "plan_refused"
    objections: tuple[Objection, ...]


class Unwell(Value):
    """A rule that Prometheus could not evaluate, had not evaluated yet, or no longer had."""

    rule: Identity
    """Of an alert with the labels that the rule itself gives it; of a recording its name."""
    health: Literal["err", "unknown", "gone"]
    error: str = ""


class RulesAsked(Fact):
    """The loaded rules asked once more, while the fault still bit; a rule that is not among `unwell` was evaluated."""

    kind: Literal["rules_asked"] = "rules_asked"
    unwell: tuple[Unwell, ...] = ()
    error: str = ""
    """Why nobody knows."""
