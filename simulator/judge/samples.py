"""What is written again and again, nearly all of a long journal: kept as numbers in columns, so that a day's is judged in little memory."""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from simulator.journal.drawn import PanelSampled, PanelsDrawn
from simulator.journal.facts import AnyFact
from simulator.journal.fitness import LoopLag, RequestsCounted, TrafficSeen

S = TypeVar("S", "Second", RequestsCounted)


class Sample(NamedTuple):
    """What a panel drew at one moment (run seconds): the value of each series, by legend."""

    at: float
    values: Mapping[str, float]


class Second(NamedTuple):
    """What the workload did in one second (see `TrafficSeen`)."""

    at: float
    offered: float
    achieved: float
    dropped: float
    requests: float
    cpu_percent: float
    counted: Mapping[str, float]


class _Series:
    """The points of one series: which of its panel's looks, and the value."""

    def __init__(self) -> None:
        self.looks = array("I")
        self.values = array("d")


class _Drawn:
    """All that one panel drew."""

    def __init__(self) -> None:
        self.times = array("d")
        self._series: dict[str, _Series] = {}

    def add(self, at: float, values: Mapping[str, float]) -> None:
        look = len(self.times)
        self.times.append(at)
        for name, value in values.items():
            series = self._series.setdefault(name, _Series())
            series.looks.append(look)
            series.values.append(value)

    def between(self, since: float, until: float) -> list[Sample]:
        first = bisect_left(self.times, since)
        last = max(first, bisect_right(self.times, until))
        drawn: list[dict[str, float]] = [{} for _ in range(first, last)]
        for name, series in self._series.items():
            for index in range(bisect_left(series.looks, first), bisect_left(series.looks, last)):
                drawn[series.looks[index] - first][name] = series.values[index]
        return [Sample(at, values) for at, values in zip(self.times[first:last], drawn, strict=True)]


class _Lags:
    """How late the engine's loop was, each time that it was to wake up."""

    def __init__(self) -> None:
        self.times = array("d")
        self.worst = array("d")
        self._ticks = array("d")
        self._ends = array("I")

    def add(self, fact: LoopLag) -> None:
        self.times.append(fact.at)
        self.worst.append(fact.seconds)
        self._ticks.extend(fact.all)
        self._ends.append(len(self._ticks))

    def part(self, first: int, last: int) -> "Lags":
        begin = self._ends[first - 1] if first else 0
        end = self._ends[last - 1] if last > first else begin
        return Lags(self._ticks[begin:end], max(self.worst[first:last], default=0.0), last - first)


class Lags(NamedTuple):
    """How late the engine's loop was for some time, in seconds."""

    ticks: Sequence[float]
    """Each time that it was to wake up."""
    worst: float
    reports: int
    """How often it was measured; 0: nobody did."""


class Samples:
    """The samples of a journal, in order of time."""

    def __init__(self) -> None:
        self._panels: dict[tuple[str, str], _Drawn] = {}
        self._lags = _Lags()
        self._traffic: list[Second] = []
        self._counted: list[RequestsCounted] = []
        self._times = array("d")

    def take(self, fact: AnyFact) -> bool:
        """Keep a sample; False: the fact is none."""
        match fact:
            case PanelsDrawn():
                for dashboard, panels in fact.panels.items():
                    for panel, values in panels.items():
                        self._panel(dashboard, panel).add(fact.at, values)
            case PanelSampled():
                self._panel(fact.dashboard, fact.panel).add(fact.at, fact.values)
            case LoopLag():
                self._lags.add(fact)
            case TrafficSeen():
                self._traffic.append(_second(fact))
            case RequestsCounted():
                self._counted.append(fact)
            case _:
                return False
        self._times.append(fact.at)
        return True

    def _panel(self, dashboard: str, panel: str) -> _Drawn:
        return self._panels.setdefault((dashboard, panel), _Drawn())

    def first(self, since: float) -> float | None:
        """When the first sample from then on was; None where there is none."""
        index = bisect_left(self._times, since)
        return self._times[index] if index < len(self._times) else None

    def panel(
        self, dashboard: str, panel: str, since: float = float("-inf"), until: float = float("inf")
    ) -> list[Sample]:
        """What a panel drew from then to then."""
        drawn = self._panels.get((dashboard, panel))
        return drawn.between(since, until) if drawn else []

    def lags(self, since: float = float("-inf"), until: float = float("inf")) -> Lags:
        """How late the engine's loop was from then to then."""
        times = self._lags.times
        first = bisect_left(times, since)
        return self._lags.part(first, max(first, bisect_right(times, until)))

    def traffic(self, since: float = float("-inf"), until: float = float("inf")) -> list[Second]:
        """What the workload reported from then to then."""
        return _between(self._traffic, since, until)

    def counted(self, since: float, until: float) -> list[RequestsCounted]:
        """What the system's witness counted from then to then."""
        return _between(self._counted, since, until)


def _second(fact: TrafficSeen) -> Second:
    # One name for one thing: each of a day's seconds has its own copy otherwise.
    counted = {sys.intern(name): rate for name, rate in fact.counted.items()}
    return Second(
        fact.at, fact.offered, fact.achieved, fact.dropped, fact.requests, fact.cpu_percent, counted
    )


def _between(facts: list[S], since: float, until: float) -> list[S]:
    first = bisect_left(facts, since, key=lambda fact: fact.at)
    return facts[first : bisect_right(facts, until, key=lambda fact: fact.at)]


def apart(facts: Iterable[AnyFact]) -> tuple[list[AnyFact], Samples]:
    """What happened, and the samples. The last fact of all is among the former: it says how far the journal goes."""
    samples = Samples()
    happened: list[AnyFact] = []
    last: AnyFact | None = None
    for fact in facts:
        last = fact
        if not samples.take(fact):
            happened.append(fact)
    if last is not None and (not happened or happened[-1] is not last):
        happened.append(last)
    return happened, samples
