"""Tells people what happens: turns facts, as they are written, into messages to the plugin."""

from collections.abc import Callable

from simulator.journal import (
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
    PrometheusAlert,
    Regained,
)
from simulator.judge.experiment import EXEMPT
from simulator.protocol import FaultState, FromEngine, Notified, Progress


class Announcer:
    """Listens to the journal. What it says is for people; only Locust's exit code rests on it, should we die."""

    def __init__(self, say: Callable[[FromEngine], None]) -> None:
        self._say = say
        self._bites: float | None = None
        """Since when the present fault bites, as far as is known: the last look that said it did not."""
        self._fired: dict[str, float] = {}

    def __call__(self, fact: AnyFact) -> None:
        match fact:
            case ExperimentStarted():
                self._bites = None
                self._fired.clear()
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
                self._alert(fact)
            case Lost():
                self._tell(fact, f"{fact.source} is lost: {fact.error}", "bad")
            case Regained():
                self._tell(fact, f"{fact.source} answers again")
            case Note():
                self._tell(fact, fact.text)
            case ExperimentEnded():
                self._tell(fact, f"{fact.status}{': ' if fact.reason else ''}{fact.reason}")
            case _:
                pass

    def _fault(self, fact: FaultRequested | FaultChecked | ObservationStarted | FaultUndone) -> None:
        match fact:
            case FaultRequested():
                self._bites = fact.at
                self._tell(fact, f"{fact.fault}: injecting")
                self._say(FaultState(experiment=fact.experiment, fault=fact.fault, active=True))
            case FaultChecked(question="healed"):
                if fact.ok and self._bites is not None:
                    self._tell(fact, f"{fact.fault}: back by itself after {fact.at - self._bites:.1f} s")
            case FaultChecked():
                self._bites = self._bites if fact.ok else fact.began
            case ObservationStarted():
                self._tell(fact, "watching" if self._bites is None else "the fault bites; watching")
            case FaultUndone():
                text = (
                    f"{fact.fault}: undone"
                    if fact.confirmed
                    else f"{fact.fault}: NOT UNDONE: {fact.observed}"
                )
                self._tell(fact, text, "info" if fact.confirmed else "bad")
                self._say(FaultState(experiment=fact.experiment, fault=fact.fault, active=not fact.confirmed))

    def _alert(self, fact: PrometheusAlert | Page) -> None:
        if fact.alert in EXEMPT or self._bites is None:
            return
        after = fact.at - self._bites
        if isinstance(fact, PrometheusAlert):
            if fact.state == "firing":
                self._fired.setdefault(fact.alert, after)
                self._tell(fact, f"{fact.alert} fires after {after:.1f} s")
        elif fact.status == "firing":
            self._tell(fact, f"{fact.alert} paged after {after:.1f} s", "good")
            detect = self._fired.get(fact.alert)
            self._say(Notified(experiment=fact.experiment, alert=fact.alert, detect=detect, notify=after))
        else:
            self._tell(fact, f"{fact.alert} resolved")

    def _tell(self, fact: AnyFact, text: str, level: str = "info") -> None:
        self._say(
            Progress.model_validate(
                {"at": fact.at, "experiment": fact.experiment, "text": text, "level": level}
            )
        )
