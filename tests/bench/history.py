"""What a month's SLA report costs: with the index of runs, and without one."""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from simulator.report.json import REPORT, render
from tests.history.many import drawn


@dataclass(frozen=True)
class Cost:
    """Seconds of a whole `simulator sla`."""

    scanned_s: float
    """It reads every report, and makes the index."""
    indexed_s: float

    @property
    def ratio(self) -> float:
        return self.scanned_s / self.indexed_s


def measure(runs: int = 1000, alerts: int = 50) -> Cost:
    """Of so many runs with so many alerts, about one page of each."""
    with tempfile.TemporaryDirectory(prefix="history-") as folder:
        for run in drawn(1, runs, tuple(f"Alert{number}" for number in range(alerts))):
            at = Path(folder) / run.run
            at.mkdir()
            (at / REPORT).write_bytes(render(run))
        return Cost(_timed(folder), _timed(folder))


def _timed(folder: str) -> float:
    began = time.monotonic()
    words = ["sla", "--month", "2026-11", "--format", "json", "--reports", folder]
    done = subprocess.run(
        [sys.executable, "-m", "simulator.cli", *words], stdout=subprocess.DEVNULL, check=False, timeout=300
    )
    took = time.monotonic() - began
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"simulator sla ended with {done.returncode}")
    return took
