"""What it costs to judge a long run again: a watch of a day beside one of an hour."""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import (
    AnyFact,
    ClockOffset,
    ExperimentEnded,
    ExperimentStarted,
    GateChecked,
    ObservationEnded,
    ObservationStarted,
    Planned,
    RunEnded,
    RunStarted,
)
from simulator.journal.file import JOURNAL, Seal
from simulator.journal.fitness import LoopLag
from simulator.journal.packed import journal_in, pack
from simulator.plan.models import Experiment, Plan
from tests.fakes.journals import EPOCH, PANEL, at, plan, traffic

HOUR = 3600.0
PANELS, SERIES, EVERY = 41, 3, 2.0
"""As many as ours have, looked at as often."""
STEADY = 300.0


@dataclass(frozen=True)
class Cost:
    """Of one `simulator report`, as a whole process."""

    seconds: float
    mebibytes: float
    """The most memory that it took."""
    plain: int
    """Bytes of the journal, as it was written."""
    packed: int
    """And at rest."""


@dataclass(frozen=True)
class Costs:
    """Of a long watch, and of one that is so many times shorter."""

    long: Cost
    short: Cost


def measure(hours: float = 24.0, beside: float = 1.0) -> Costs:
    """Of a watch of all panels for so many hours, and of one beside it."""
    return Costs(long=_cost(hours), short=_cost(beside))


def _cost(hours: float) -> Cost:
    with tempfile.TemporaryDirectory(prefix="journal-") as name:
        folder = Path(name)
        seal = Seal()
        with (folder / JOURNAL).open("w", encoding="utf-8") as file:
            file.writelines(seal.line(fact.model_dump_json()) + "\n" for fact in _watch(hours * HOUR))
        plain = (folder / JOURNAL).stat().st_size
        pack(folder, large=0)
        seconds, mebibytes = _judged(folder)
        return Cost(seconds, mebibytes, plain, journal_in(folder).stat().st_size)


def _judged(folder: Path) -> tuple[float, float]:
    began = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "simulator.cli", "report", str(folder)], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    took = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"simulator report ended with {child.returncode}")
    return took, usage.ru_maxrss / 1024


def _watch(seconds: float) -> Iterator[AnyFact]:
    """A control in which nothing happens, fact by fact."""
    asked = _plan(seconds)
    yield at(Planned(plan=asked), 0.0, "")
    yield at(RunStarted(epoch=EPOCH), 0.0, "")
    for program in ("prometheus", "receiver"):
        offset = ClockOffset.model_validate({"program": program, "offset": 0.0, "uncertainty": 0.01})
        yield at(offset, 0.1, "")
    yield at(GateChecked(gate="canary", passed=True, waited=4.0, observed=""), 5.0, "")
    yield at(ExperimentStarted(), 6.0)
    yield from _samples(asked, 10.0, STEADY)
    yield at(GateChecked(gate="steady", passed=True, waited=STEADY, observed=""), STEADY)
    yield at(ObservationStarted(), STEADY)
    yield from _samples(asked, STEADY + 1.0, STEADY + seconds)
    yield at(ObservationEnded(), STEADY + seconds)
    yield at(GateChecked(gate="recovery", passed=True, waited=0.0, observed=""), STEADY + seconds)
    yield at(ExperimentEnded(status="completed"), STEADY + seconds)
    yield at(RunEnded(status="completed"), STEADY + seconds, "")


def _plan(seconds: float) -> Plan:
    control = {"name": "db-killed", "title": "All is well", "panels_stay": True, "observe": seconds}
    panels = tuple(PANEL.model_copy(update={"title": f"Panel {number}"}) for number in range(PANELS))
    return plan(Experiment.model_validate(control)).model_copy(update={"panels": panels})


def _samples(asked: Plan, since: float, until: float) -> Iterator[AnyFact]:
    """Each second the traffic and the loop's lag, each other second what every panel drew."""
    for second in range(int(since), int(until)):
        yield at(traffic(float(second)), float(second), "")
        ticks = tuple(round(0.0005 + (second * tick) % 97 / 1e5, 6) for tick in range(20))
        yield at(LoopLag(seconds=max(ticks), ticks=ticks), float(second), "")
        if second % EVERY == 0:
            drawn = {panel.title: _drawn(second + index) for index, panel in enumerate(asked.panels)}
            yield at(PanelsDrawn(panels={PANEL.dashboard: drawn}), float(second), "")


def _drawn(turn: int) -> dict[str, float]:
    return {f"series {number}": 0.6 + 0.01 * math.sin(turn + number) for number in range(SERIES)}
