"""What a running stack has loaded: rules, routes, silences. Asked once, for the run and for the dry run alike."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.base.errors import BadInput
from simulator.doors import Doors
from simulator.doors.alertmanager import Silence
from simulator.doors.prometheus import LoadedRecording, LoadedRule
from simulator.plan.identity import Identity
from simulator.plan.judged import Judged
from simulator.plan.matchers import Matcher
from simulator.plan.models import AlertExpectation, Experiment, Plan
from simulator.plan.sight import instances
from simulator.preflight.routing import Routes

Labels = dict[str, str]


@dataclass(frozen=True)
class Loaded:
    """The answer of one stack."""

    rules: tuple[LoadedRule, ...]
    recordings: tuple[LoadedRecording, ...]
    routes: Routes
    silences: tuple[Silence, ...]

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Every alert that the rules can fire, as far as its labels are fixed."""
        return tuple(Identity.of(rule.alert, rule.fixed_labels) for rule in self.rules)

    @classmethod
    async def ask(cls, doors: Doors, judged: Judged) -> "Loaded":
        """All of it.

        Raises:
            DoorError: Prometheus or Alertmanager does not answer, or has a configuration that cannot be read.
        """
        return cls(
            rules=tuple(await doors.prometheus.rules()),
            recordings=tuple(await doors.prometheus.recordings()),
            routes=Routes.read(await doors.alertmanager.configuration(), judged),
            silences=tuple(await doors.alertmanager.silences()),
        )


@dataclass(frozen=True)
class Instance:
    """An alert as it would reach Alertmanager."""

    labels: Labels
    all_known: bool
    """Whether it has no labels but these."""


@dataclass(frozen=True)
class Alerting:
    """How a rule would fire an alert."""

    rule: LoadedRule
    sure: Instance
    """With the labels that the rule or the expectation fixes, and any others."""
    now: tuple[Instance, ...]
    """Those of the series that the rule compares now. A fault may bring the first of another kind."""

    @property
    def instances(self) -> tuple[Instance, ...]:
        """The best that is known: those of now, and without any series what is sure."""
        return self.now or (self.sure,)


@dataclass(frozen=True)
class Asked:
    """What an experiment asks of an alert, and the loaded rules that can fire it."""

    experiment: Experiment
    wanted: AlertExpectation
    which: Identity
    able: tuple[Alerting, ...]
    """None of what the receiver pages by itself."""


async def ask_for(plan: Plan, loaded: Loaded, doors: Doors) -> list[Asked]:
    """Every alert that must do something.

    Raises:
        DoorError: Prometheus does not answer.
        BadInput: a rule is written as we cannot read it.
    """
    found: list[Asked] = []
    for experiment in plan.experiments:
        for wanted in experiment.must:
            which = experiment.identity(wanted, loaded.identities)
            rules = rules_of(which, loaded.rules) if wanted.by == "alertmanager" else []
            able = [await _understood(experiment, which, rule, doors) for rule in rules]
            found.append(Asked(experiment, wanted, which, tuple(able)))
    return found


async def _understood(experiment: Experiment, which: Identity, rule: LoadedRule, doors: Doors) -> Alerting:
    try:
        return await alerting(which, rule, doors)
    except ValueError as error:  # newer PromQL than we can read
        raise BadInput(
            f"experiment {experiment.name}: {which}: its rule is not understood ({' '.join(str(error).split())[:200]});"
            " expect another alert"
        ) from None


def rules_of(wanted: Identity, rules: Iterable[LoadedRule]) -> list[LoadedRule]:
    """The loaded rules that can fire an alert: those of its name whose own labels do not contradict it."""
    return [rule for rule in rules if wanted.agrees(Identity.of(rule.alert, rule.fixed_labels))]


async def alerting(which: Identity, rule: LoadedRule, doors: Doors) -> Alerting:
    """How the alert would reach Alertmanager, by the series that its rule compares now.

    Raises:
        DoorError: Prometheus does not answer.
    """
    sure = dict(which.labels) | rule.fixed_labels | {"alertname": rule.alert}
    # Nobody knows what a template will say; what the series says is overwritten.
    filled_in = rule.labels.keys() - rule.fixed_labels.keys()
    given = rule.fixed_labels | {name: sure[name] for name in filled_in & sure.keys()}
    found: list[Labels] = []
    for query in instances(rule.expr):
        for series in await doors.prometheus.query(query):
            own = {name: text for name, text in series.labels.items() if name not in {"__name__", *filled_in}}
            labels = own | given | {"alertname": rule.alert}
            if which.covers(Identity.of(rule.alert, labels)) and labels not in found:
                found.append(labels)
    all_known = filled_in <= sure.keys()
    return Alerting(rule, Instance(sure, all_known=False), tuple(Instance(one, all_known) for one in found))


def silences_of(labels: Labels, silences: Iterable[Silence]) -> list[Silence]:
    """The silences that hide an alert with these labels.

    A silence that speaks of labels which are not known counts for nothing here: Alertmanager says so once the alert is there.
    """
    return [
        silence
        for silence in silences
        if all(one.label in labels and one.matches(labels) for one in _matchers(silence))
    ]


def _matchers(silence: Silence) -> list[Matcher]:
    return [Matcher(one.name, one.op, one.value) for one in silence.matchers]
