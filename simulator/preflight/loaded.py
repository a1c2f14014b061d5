"""What a running stack has loaded: rules, routes, silences. Asked once, for the run and for the dry run alike."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.doors import Doors
from simulator.doors.alertmanager import Silence
from simulator.doors.prometheus import LoadedRecording, LoadedRule
from simulator.plan.identity import Identity
from simulator.plan.sight import instances
from simulator.preflight.matchers import Matcher
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
    async def ask(cls, doors: Doors) -> "Loaded":
        """All of it.

        Raises:
            DoorError: Prometheus or Alertmanager does not answer, or has a configuration that cannot be read.
        """
        return cls(
            rules=tuple(await doors.prometheus.rules()),
            recordings=tuple(await doors.prometheus.recordings()),
            routes=Routes.read(await doors.alertmanager.configuration()),
            silences=tuple(await doors.alertmanager.silences()),
        )


@dataclass(frozen=True)
class Alerting:
    """An alert as it would reach Alertmanager: its rule, and the labels of every instance that there may be."""

    rule: LoadedRule
    labels: tuple[Labels, ...]
    """At least one set. Where Prometheus has no series to take them from, what is known without any."""
    certain: bool
    """Whether these are all labels it will have."""


async def alerting(which: Identity, rule: LoadedRule, doors: Doors) -> Alerting:
    """How the alert would reach Alertmanager, by the series that its rule compares now.

    Raises:
        DoorError: Prometheus does not answer.
    """
    own = {**rule.fixed_labels, "alertname": rule.alert}
    found: list[Labels] = []
    for query in instances(rule.expr):
        for series in await doors.prometheus.query(query):
            labels = {name: value for name, value in series.labels.items() if name != "__name__"} | own
            if which.covers(Identity.of(rule.alert, labels)) and labels not in found:
                found.append(labels)
    certain = bool(found) and len(rule.fixed_labels) == len(rule.labels)
    return Alerting(rule, tuple(found) or ({**own, **dict(which.labels)},), certain)


def silence_of(labels: Labels, silences: Iterable[Silence], until: float) -> Silence | None:
    """The first silence that hides an alert with these labels before a moment, in UTC seconds.

    A silence that speaks of labels which are not known counts for nothing here: Alertmanager says so once the alert is there.
    """
    return next(
        (
            silence
            for silence in silences
            if silence.starts_epoch <= until
            and all(one.label in labels and one.matches(labels) for one in _matchers(silence))
        ),
        None,
    )


def _matchers(silence: Silence) -> list[Matcher]:
    return [Matcher(one.name, one.op, one.value) for one in silence.matchers]
