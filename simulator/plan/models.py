"""What an experiment file, a game day file and a plan say, as frozen values."""

from collections.abc import Iterable
from itertools import combinations
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from simulator.base import former
from simulator.base.values import Number, Seconds, Value
from simulator.faults import AnyFaultSettings
from simulator.plan.identity import Identity
from simulator.plan.judged import RECOVERY, SLA, Judged, Severity
from simulator.plan.policy import Policy
from simulator.plan.provenance import Provenance
from simulator.plan.system import SystemFacts
from simulator.safety.nets import Nets

MOST_EXPERIMENTS = 1000
"""In one game day; more would run for days."""
MOST_ROUNDS = 1000
"""How often a game day repeats its experiments at most."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Cause = Annotated[str, StringConstraints(min_length=10, max_length=500)]
Expect = Literal["notified", "accepted", "inhibited", "firing", "quiet"]
Movement = Literal["up", "down", "change", "disappear", "stay"]


class AlertExpectation(Value):
    """One alert that must do something.

    `notified`: its page reaches the receiver. `accepted`: Alertmanager has it, which is as far as anybody can see where no
    receiver could be added. `inhibited`: it fires, and Alertmanager names the alert that inhibits it. `firing`: it fires in
    Prometheus, and nobody can be told (Alertmanager is what is down). `quiet`: it does not fire at all.
    """

    alert: str
    severity: Severity
    expect: Expect = "notified"
    by: Literal["alertmanager", "receiver"] = "alertmanager"
    """Who pages: the receiver itself pages DeadMansSwitchMissing, which no Prometheus can."""
    labels: dict[str, str] = {}
    """What its labels must be, where another job's, instance's or team's alert of this name would prove nothing."""
    within: Seconds = SLA
    """From the start of the effective interval."""
    clears: bool = False
    """It may stop firing before the undo; otherwise it has to stay, and one that comes and goes is a breach."""
    because: Cause | None = None
    """Why it may clear."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.labels.get("severity", self.severity) != self.severity:
            raise ValueError(
                f"{self.alert}: severity {self.severity!r} and label severity {self.labels['severity']!r} contradict"
                " each other; leave the label out"
            )
        if self.clears and self.because is None:
            raise ValueError(f"{self.alert}: clears: true needs its reason; add because: ...")
        if self.because is not None and not self.clears:
            raise ValueError(f"{self.alert}: because is the reason for clears: true, which is not set")
        if self.clears and self.expect == "quiet":
            raise ValueError(f"{self.alert}: an alert that must stay quiet has nothing to clear")
        return self

    @property
    def named(self) -> Identity:
        """As its file names it: with its severity, which every page must have."""
        return Identity.of(self.alert, self.labels, self.severity)


class Tolerated(Value):
    """An alert that may fire, with the cause that makes it legitimate."""

    alert: str
    labels: dict[str, str] = {}
    """What its labels must be; `severity` is one of them. None: any alert of this name."""
    because: Cause

    @property
    def named(self) -> Identity:
        """As its file names it."""
        return Identity.of(self.alert, self.labels)


class PanelExpectation(Value):
    """One panel that must move, or must not.

    `disappear`: it had data, and the query still succeeds, but nothing is left to draw.
    """

    dashboard: str
    panel: str
    expect: Movement
    series: str = ""
    """The legend of the one series meant; empty: any series of the panel."""
    within: Seconds = SLA


class Needs(Value):
    """Without what the experiment proves nothing: the least traffic, per second over the last 15 s, and more."""

    requests: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 6.7
    """A second: 100 in a rule's window of 15 s, below which a ratio is a matter of luck."""
    counted: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}
    """By name, a second, of what the system's traffic counts."""
    known: tuple[str, ...] = ()
    """PromQL that must have a value before the fault, such as a band that has been learned."""

    @model_validator(mode="before")
    @classmethod
    def _as_formerly(cls, values: object) -> object:
        return former.counted(values)

    @property
    def traffic(self) -> bool:
        """Whether it takes any traffic at all."""
        return bool(self.requests) or any(self.counted.values())


OPEN_CHAINS = 15.0
"""Seconds that alerts which have not arrived are watched for beyond the limit, to tell late from missed."""
EVIDENCE = frozenset({"prometheus", "alertmanager", "receiver"})
"""The services that say what happened."""


class Experiment(Value):
    """One file executed once, giving one journal."""

    name: Name
    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    faults: tuple[AnyFaultSettings, ...] = ()
    """Injected in this order, undone in reverse. None at all: a control, in which everything must stay quiet."""
    must: tuple[AlertExpectation, ...] = ()
    may: tuple[Tolerated, ...] = ()
    panels: tuple[PanelExpectation, ...] = ()
    panels_stay: bool = False
    """Every panel that is not named in `panels` must stay where it is."""
    needs: Needs = Needs()
    moves: tuple[str, ...] = ()
    """Metrics that it moves besides those of its alerts and panels, for game days that run experiments together."""
    observe: Seconds = SLA
    """How long every alert is watched from the start of the effective interval."""
    effective_within: Annotated[Seconds, Field(le=60)] = 15.0
    """The cap on requested -> effective, so that a slow check cannot hide time."""
    recover_within: Seconds = RECOVERY
    """How long after undo everything may take to be quiet again."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for one, other in combinations([entry.named for entry in self._entries], 2):
            if one.agrees(other):
                raise ValueError(
                    f"{one.alert} is named more than once, and nothing tells {one} from {other}:"
                    " give both a label in which they differ, under labels"
                )
        loud = [expectation.alert for expectation in self.must if expectation.expect != "quiet"]
        if loud and not self.faults:
            raise ValueError(f"{loud[0]} must fire, but there is no fault that could make it")
        late = [expectation for expectation in self.must if expectation.within > self.observe]
        if late:
            raise ValueError(
                f"{late[0].alert} may take {late[0].within:g} s, but only {self.observe:g} s are observed"
            )
        slow = [fault for fault in self.faults if (fault.must_heal_within or 0.0) > self.observe]
        if slow:
            raise ValueError(
                f"{slow[0].fault} may heal within {slow[0].must_heal_within:g} s, but only {self.observe:g} s are observed"
            )
        return self

    def identity(self, wanted: AlertExpectation, loaded: Iterable[Identity] = ()) -> Identity:
        """Which alert an expectation means, as no other entry of this file and no other loaded rule does.

        Its severity is part of that only where a namesake has another: otherwise a page of the wrong severity is its
        page, and wrong.
        """
        meant = Identity.of(wanted.alert, wanted.labels)
        entries = [entry.named for entry in self._entries if entry != wanted]
        known = {dict(other.labels).get("severity") for other in entries if meant.agrees(other)}
        rules = {dict(rule.labels).get("severity") for rule in loaded if meant.agrees(rule)}
        if known - {None, wanted.severity} or (wanted.severity in rules and len(rules) > 1):
            return wanted.named
        return meant

    def names(self, loaded: Iterable[Identity] = ()) -> tuple[Identity, ...]:
        """Every alert that it expects or tolerates, as told apart."""
        known = tuple(loaded)
        return (*(self.identity(wanted, known) for wanted in self.must), *(may.named for may in self.may))

    @property
    def _entries(self) -> tuple[AlertExpectation | Tolerated, ...]:
        return (*self.must, *self.may)

    @property
    def lasts(self) -> float:
        """Seconds for which its faults may be injected.

        Until the last bites (each has its own time for that), while they are watched, and while a page is missing.
        """
        return len(self.faults) * self.effective_within + self.observe + OPEN_CHAINS

    @property
    def blinds(self) -> frozenset[str]:
        """The sources of evidence that its own faults take away; a wrong configuration takes none away."""
        return frozenset(fault.upsets for fault in self.faults) & EVIDENCE


class GameDay(Value):
    """A set of experiments, run one after the other, or `together` where they do not overlap."""

    name: Name
    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    experiments: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_EXPERIMENTS)]
    together: bool = False
    """Experiments that do not overlap in targets, metrics or alerts run at the same time."""


class Target(Value):
    """One query of a panel, with Grafana's variables already expanded."""

    ref: str
    legend: str
    """Grafana's legend format, `{{label}}` and all."""
    expr: str


class Panel(Value):
    """One panel of a dashboard."""

    dashboard: str
    title: str
    unit: str
    """Grafana's unit id: reqps, s, percentunit, ..."""
    targets: tuple[Target, ...]
    settles: Number = 12.0
    """Seconds for which it still shows what is over: the widest window of its queries, and two scrapes."""


class StackFacts(Value):
    """What the plan needs to know of the environment it runs in; holds no host names and no secrets."""

    name: str
    kind: str
    scrape_interval: Number
    evaluation_interval: Number
    known_as: str = ""
    """What `--environment` of an undo takes; empty: the kind."""
    chaos_services: tuple[str, ...]
    """The services that may be touched."""
    offers: dict[str, tuple[str, ...]] = {}
    """What each service offers to faults (`OFFERS`); under the empty name what the environment does as a whole."""
    identity: str = ""
    """What its API must say it is; empty: not asked."""
    nets: Nets = Nets()
    judged: Judged = Judged()
    sends_traffic: bool = True
    """Whether the run sends traffic of its own; else there is what is there anyway."""

    @property
    def undo(self) -> str:
        """What has to be typed to undo by hand what is left injected."""
        return f"simulator undo --environment {self.known_as or self.kind}"


class Apart(Value):
    """Why two experiments may not run at the same time."""

    one: str
    other: str
    because: str


class Plan(Value):
    """Everything a run was going to do, decided before it began; the journal's first record."""

    run: str
    game_day: str
    seed: int
    simulator_version: str
    stack: StackFacts
    system: SystemFacts | None = None
    """None in plans that are older than this field."""
    experiments: tuple[Experiment, ...]
    panels: tuple[Panel, ...]
    waves: tuple[tuple[str, ...], ...] = ()
    """The experiments by name, in the order in which they run; those of one wave at the same time."""
    repeat: Annotated[int, Field(ge=1, le=MOST_ROUNDS)] = 1
    """How often all waves are run, one round after the other."""
    apart: tuple[Apart, ...] = ()
    """For each experiment that might have joined an earlier wave, what kept it out."""
    lower_bound: Number = 0.0
    """Seconds that the run can hardly undercut.

    For each wave its longest observation, and after it the longer of a settled baseline and what its slowest alert
    takes to resolve: its window, and how long it lingers.
    """

    provenance: Provenance | None = None
    """None: not recorded."""
    policy: Policy = Policy()
    """By what it is judged and gated; a journal that does not say is judged as ever."""

    @model_validator(mode="before")
    @classmethod
    def _as_formerly(cls, values: object) -> object:
        return former.plan(values)

    def experiment(self, name: str) -> Experiment:
        """The planned experiment of this name.

        Raises:
            KeyError: it is not part of the plan.
        """
        for experiment in self.experiments:
            if experiment.name == name:
                return experiment
        raise KeyError(name)
