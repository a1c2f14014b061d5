"""Tells people what happens: turns facts, as they are written, into messages to the plugin."""

from collections.abc import Callable

from simulator.base.protocol import FaultState, FromEngine, Notified, Progress
from simulator.journal.facts import (
    AnyFact,
    ExperimentEnded,
    ExperimentStarted,
    FaultChecked,
    FaultRequested,
    FaultUndone,
    GateChecked,
    Lost,
    Note,
    ObservationStarted,
    Page,
    Planned,
    PrometheusAlert,
    Regained,
    RuleSetSeen,
)
from simulator.journal.fitness import GeneratorsChanged
from simulator.plan.identity import Identity
from simulator.plan.models import Plan


class Announcer:
    """Listens to the journal. What it says is for people; only Locust's exit code rests on it, should we die."""

    def __init__(self, say: Callable[[FromEngine], None]) -> None:
        self._say = say
        self._plan: Plan | None = None
        self._rules: tuple[Identity, ...] = ()
        self._bites: dict[str, float] = {}
        """By experiment under way, since when its fault bites as far as is known: the last look that said it did not."""
        self._lags: set[str] = set()
        """Experiments whose looks see the fault late."""
        self._fired: dict[tuple[str, str], float] = {}
        """By experiment and alert, how long after the fault it fired."""
        self._paged: dict[tuple[str, str], float] = {}
        """The same for its first page."""

    def __call__(self, fact: AnyFact) -> None:
        match fact:
            case Planned():
                self._plan = fact.plan
            case RuleSetSeen():
                self._rules = fact.identities
            case ExperimentStarted():
                self._tell(fact, "waiting for steady state")
            case GateChecked():
                text = (
                    f"{fact.gate} after {fact.waited:.1f} s"
                    if fact.passed
                    else f"{fact.gate}: {fact.observed}"
                )
                self._tell(fact, text, "info" if fact.passed else "bad")
            case FaultRequested() | FaultChecked() | ObservationStarted() | FaultUndone():
                self._fault(fact)
            case PrometheusAlert() | Page():
                for experiment, alert in self._concerned(fact):
                    self._alert(fact, experiment, alert)
            case Lost():
                self._tell(fact, f"{fact.source} is lost: {fact.error}", "bad")
            case Regained():
                self._tell(fact, f"{fact.source} answers again")
            case GeneratorsChanged():
                self._tell(fact, fact.text, "bad" if fact.change == "lost" else "info")
            case Note():
                self._tell(fact, fact.text)
            case ExperimentEnded():
                self._bites.pop(fact.experiment, None)
                self._lags.discard(fact.experiment)
                self._fired = _without(self._fired, fact.experiment)
                self._paged = _without(self._paged, fact.experiment)
                self._tell(fact, f"{fact.status}{': ' if fact.reason else ''}{fact.reason}")
            case _:
                pass

    def _concerned(self, fact: PrometheusAlert | Page) -> list[tuple[str, str]]:
        """The experiments under way that name the alert, and how; all of them where none does: nobody expected it."""
        if self._plan is None or fact.alert in self._plan.policy.exempt:
            return []
        if not self._plan.stack.judged.concerns(fact.alert, fact.labels):
            return []
        naming = [
            (name, str(which))
            for name in self._bites
            for which in self._plan.experiment(name).names(self._rules)
            if which.covers(fact.identity)
        ]
        return naming or [(name, fact.alert) for name in self._bites]

    def _fault(self, fact: FaultRequested | FaultChecked | ObservationStarted | FaultUndone) -> None:
        bites = self._bites.get(fact.experiment)
        match fact:
            case FaultRequested():
                self._bites[fact.experiment] = fact.at
                if fact.lags:
                    self._lags.add(fact.experiment)
                self._tell(fact, f"{fact.fault}: injecting")
                self._say(_state(fact, active=True))
            case FaultChecked(question="healed"):
                if fact.ok and bites is not None:
                    self._tell(fact, f"{fact.fault}: back by itself after {fact.at - bites:.1f} s")
            case FaultChecked():
                if not fact.ok and bites is not None and fact.experiment not in self._lags:
                    self._bites[fact.experiment] = fact.began
            case ObservationStarted():
                self._tell(fact, "watching" if bites is None else "the fault bites; watching")
            case FaultUndone():
                text = (
                    f"{fact.fault}: undone"
                    if fact.confirmed
                    else f"{fact.fault}: NOT UNDONE: {fact.observed}"
                )
                self._tell(fact, text, "info" if fact.confirmed else "bad")
                self._say(_state(fact, active=not fact.confirmed))

    def _alert(self, fact: PrometheusAlert | Page, experiment: str, alert: str) -> None:
        after = fact.at - self._bites[experiment]
        told = fact.model_copy(update={"experiment": experiment})
        if isinstance(fact, PrometheusAlert):
            if fact.state == "firing":
                self._fired.setdefault((experiment, alert), after)
                self._notified(experiment, alert)
                self._tell(told, f"{alert} fires after {after:.1f} s")
        elif fact.status == "firing":
            self._tell(told, f"{alert} paged after {after:.1f} s", "good")
            self._paged.setdefault((experiment, alert), after)
            self._notified(experiment, alert)
        else:
            self._tell(told, f"{alert} resolved")

    def _notified(self, experiment: str, alert: str) -> None:
        """Once it was paged; a second time when Prometheus is asked only after the page how long it has been firing."""
        fired, paged = self._fired.get((experiment, alert)), self._paged.get((experiment, alert))
        if paged is not None:
            detect = None if fired is None else min(fired, paged)
            self._say(Notified(experiment=experiment, alert=alert, detect=detect, notify=paged))

    def _tell(self, fact: AnyFact, text: str, level: str = "info") -> None:
        self._say(
            Progress.model_validate(
                {"at": fact.at, "experiment": fact.experiment, "text": text, "level": level}
            )
        )


def _state(fact: FaultRequested | FaultUndone, *, active: bool) -> FaultState:
    return FaultState(experiment=fact.experiment, fault=fact.fault, id=fact.id, active=active)


def _without(known: dict[tuple[str, str], float], experiment: str) -> dict[tuple[str, str], float]:
    return {key: after for key, after in known.items() if key[0] != experiment}
