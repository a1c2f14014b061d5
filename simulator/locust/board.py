"""What is known of the game day and its traffic at this moment: for the page, the metrics and the terminal."""

from collections import deque
from dataclasses import dataclass, field

from simulator.base.protocol import Canary, FaultState, Finished, FromEngine, Notified, Progress, Traffic

REMEMBERED_LINES = 200


@dataclass
class Totals:
    """Counts since the traffic began."""

    offered: float = 0.0
    achieved: float = 0.0
    dropped: float = 0.0


@dataclass
class Board:
    """The latest of everything; only the plugin's greenlets write to it."""

    game_day: str = ""
    lines: deque[Progress] = field(default_factory=lambda: deque(maxlen=REMEMBERED_LINES))
    injected: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By its id, (experiment, fault) of each fault that is injected now."""
    seen_faults: set[tuple[str, str]] = field(default_factory=set)
    notified: list[Notified] = field(default_factory=list)
    canary: bool = False
    finished: Finished | None = None
    traffic: Traffic | None = None
    totals: Totals = field(default_factory=Totals)

    def begin(self, game_day: str) -> None:
        """Forget the last game day; the traffic's counts go on."""
        self.game_day = game_day
        self.lines.clear()
        self.injected.clear()
        self.seen_faults.clear()
        self.notified.clear()
        self.canary = False
        self.finished = None

    def heard(self, message: FromEngine) -> None:
        """Take over what the engine said."""
        match message:
            case Progress():
                self.lines.append(message)
            case FaultState():
                self._fault(message)
            case Notified():
                self._notified(message)
            case Canary():
                self.canary = message.on
            case Finished():
                self.finished = message
            case _:
                pass

    def _notified(self, message: Notified) -> None:
        """Once an experiment: a page that comes again is the same alert, though it may tell more of it."""
        for at, one in enumerate(self.notified):
            if (one.experiment, one.alert) == (message.experiment, message.alert):
                if one.detect is None:
                    self.notified[at] = one.model_copy(update={"detect": message.detect})
                return
        self.notified.append(message)

    def _fault(self, state: FaultState) -> None:
        fault = (state.experiment, state.fault)
        self.seen_faults.add(fault)
        if state.active:
            if not any(experiment == state.experiment for experiment, _ in self.injected.values()):
                # A round of its own: what an earlier one took is no news of this one.
                self.notified = [one for one in self.notified if one.experiment != state.experiment]
            self.injected[state.id] = fault
        else:
            self.injected.pop(state.id, None)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(experiment, fault) of those injected now; twice where an experiment has injected two of a kind."""
        return sorted(self.injected.values())

    @property
    def experiment(self) -> str:
        """The experiment that runs; empty between experiments."""
        return self.lines[-1].experiment if self.lines else ""
