"""One experiment's facts, ready to be asked: times converted, the effective interval found."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from simulator.journal.fact import Fact
from simulator.journal.facts import (
    AlertmanagerAlert,
    AnyFact,
    ClockOffset,
    ExperimentEnded,
    FaultChecked,
    FaultRequested,
    GateChecked,
    Lost,
    ObservationEnded,
    ObservationStarted,
    Page,
    PrometheusAlert,
    Regained,
    RuleSetSeen,
)
from simulator.judge.movement import Disturbed, disturbed
from simulator.judge.samples import Lags, Sample, Samples, Second
from simulator.plan.identity import Identity
from simulator.plan.models import AlertExpectation, Experiment, Plan
from simulator.plan.policy import Policy

F = TypeVar("F", bound=Fact)
A = TypeVar("A", PrometheusAlert, AlertmanagerAlert, Page)


@dataclass(frozen=True)
class Interval:
    """From the last moment at which something was not so, to the first at which it was."""

    start: float
    end: float


@dataclass(frozen=True)
class RunTime:
    """How other programs' UTC stamps become seconds since the run began."""

    epoch: float
    offsets: dict[str, ClockOffset]

    def of(self, epoch: float, program: str) -> float:
        offset = self.offsets.get(program)
        return epoch - self.epoch - (offset.offset if offset else 0.0)

    def uncertainty(self, program: str) -> float:
        offset = self.offsets.get(program)
        return offset.uncertainty if offset else 0.0


def loaded(facts: Iterable[AnyFact]) -> tuple[Identity, ...]:
    """Every alert that the loaded rules can fire, as preflight wrote it down among the first facts of a run."""
    return next((fact.identities for fact in facts if isinstance(fact, RuleSetSeen)), ())


@dataclass(frozen=True)
class Case:
    """An experiment as planned, and the facts of its execution."""

    plan: Plan
    experiment: Experiment
    facts: Sequence[AnyFact]
    """Those between its start and its end that are its own or nobody's, without the samples."""
    history: Sequence[AnyFact]
    """The same of the run up to its end: baselines reach back."""
    samples: Samples
    """Of the whole run."""
    time: RunTime
    beside: Sequence[Experiment] = ()
    """Experiments that ran at the same time."""
    aftermath: Sequence[AnyFact] = ()
    """Facts between its end and the next steady state (or the run's end): what fires there is its doing."""

    @property
    def policy(self) -> Policy:
        """By what it is judged."""
        return self.plan.policy

    @property
    def sources(self) -> tuple[str, ...]:
        """Who can say what became of an alert."""
        receiver = ("receiver",) if self.plan.stack.judged.at == "notified" else ()
        return ("prometheus", "alertmanager", *receiver)

    def all(self, kind: type[F]) -> list[F]:
        """The experiment's facts of one kind, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def with_aftermath(self, kind: type[F]) -> list[F]:
        """The same with those of its aftermath: what must not happen must not happen there either."""
        return [fact for fact in (*self.facts, *self.aftermath) if isinstance(fact, kind)]

    def seen(self, kind: type[A], wanted: AlertExpectation, *, aftermath: bool = False) -> list[A]:
        """What was seen of an expected alert, of no namesake with other labels."""
        identity = self.identity(wanted)
        facts = self.with_aftermath(kind) if aftermath else self.all(kind)
        return [fact for fact in facts if fact.alert == wanted.alert and identity.covers(fact.identity)]

    def identity(self, wanted: AlertExpectation) -> Identity:
        """Which alert an expectation means, among the rules that are loaded."""
        return self.experiment.identity(wanted, self.loaded)

    @cached_property
    def loaded(self) -> tuple[Identity, ...]:
        """Every alert that the loaded rules can fire."""
        return loaded(self.history)

    def first(self, kind: type[F]) -> F | None:
        return next(iter(self.all(kind)), None)

    @property
    def started(self) -> float:
        return self.facts[0].at

    @property
    def ended(self) -> float:
        return self.facts[-1].at

    @cached_property
    def end(self) -> ExperimentEnded | None:
        return self.first(ExperimentEnded)

    @cached_property
    def observed_from(self) -> float | None:
        started = self.first(ObservationStarted)
        return started.at if started else None

    @cached_property
    def observed_to(self) -> float | None:
        ended = self.first(ObservationEnded)
        return ended.at if ended else None

    def effective(self, fault_id: str) -> Interval | None:
        """The effective interval of one fault; None while it was never shown to bite."""
        checks = [
            fact for fact in self.all(FaultChecked) if fact.id == fault_id and fact.question == "effective"
        ]
        requested = next((fact for fact in self.all(FaultRequested) if fact.id == fault_id), None)
        if requested is None:
            return None
        start, streak = requested.at, 0
        for index, check in enumerate(checks):
            streak = streak + 1 if check.ok else 0
            if not check.ok and not requested.lags:
                start = check.began
            if streak == self.policy.positive_checks:
                return Interval(start, checks[index - streak + 1].at)
        return None

    @cached_property
    def bites(self) -> Interval | None:
        """When the experiment's faults bite: from the first fault's interval; in a control the observation.

        None when any of the faults was never effective: then nothing can be concluded.
        """
        if not self.experiment.faults:
            return (
                Interval(self.observed_from, self.observed_from) if self.observed_from is not None else None
            )
        requested = self.all(FaultRequested)
        intervals = [self.effective(fact.id) for fact in requested]
        known = [interval for interval in intervals if interval is not None]
        if len(known) < len(self.experiment.faults):
            return None
        return min(known, key=lambda interval: interval.start)

    @cached_property
    def steady_since(self) -> float:
        """When the steady gate passed: what fired before had to be over by then."""
        return next((gate.at for gate in self.all(GateChecked) if gate.gate == "steady"), self.started)

    @property
    def looks_back_to(self) -> float:
        """Somewhat before it began: an engine remembers no more, so that it judges alike."""
        return self.started - self.policy.panels.looks_back

    def drawn(self, dashboard: str, panel: str) -> list[Sample]:
        """The recent samples of one panel, in order of time."""
        return self.samples.panel(dashboard, panel, self.looks_back_to, self.ended)

    @cached_property
    def lags(self) -> Lags:
        """How late the engine's loop was while it ran."""
        return self.samples.lags(self.started, self.ended)

    def traffic(self, since: float, until: float) -> list[Second]:
        """What the workload reported from then to then, no later than its end."""
        return self.samples.traffic(since, min(until, self.ended))

    @cached_property
    def disturbed(self) -> list[Disturbed]:
        """When a fault of this run, whosesoever, was there, and when no traffic was."""
        since = bisect_left(self.history, self.looks_back_to, key=lambda fact: fact.at)
        recent = self.history[since:]
        firsts = [fact.at for fact in recent[:1]]
        if (sample := self.samples.first(self.looks_back_to)) is not None:
            firsts.append(sample)
        return disturbed(recent, min(firsts, default=None))

    def gaps(self, source: str) -> list[Interval]:
        """When a source was lost while this experiment ran, from its start where it was lost before."""
        gaps: list[Interval] = []
        lost: float | None = None
        for fact in self.history:
            if isinstance(fact, Lost) and fact.source == source and lost is None:
                lost = fact.at
            elif isinstance(fact, Regained) and fact.source == source and lost is not None:
                gaps.append(Interval(max(lost, self.started), fact.at))
                lost = None
        gaps = [gap for gap in gaps if gap.end >= self.started]
        return gaps + ([Interval(max(lost, self.started), self.ended)] if lost is not None else [])
