"""`make soak`: looping experiments for an hour (`SOAK=10m make soak` for less), and what grows meanwhile.

It leaves with 1 when a process has grown by more than 5 % after its warm-up, or a journal faster than at first. In less than
ten minutes everything still warms up: then it says what it saw, and judges only that no fault is left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from simulator.base.values import seconds
from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from tests.checkout import ROOT
from tests.cli.commands import injected
from tests.conftest import a_state_home, an_embedded_stack

SAMPLE_EVERY = 10.0
"""Seconds, at most; and often enough that there are some samples of every quarter."""
SHORTEST_JUDGED = 600.0
"""Seconds."""
BEGUN_WITHIN = 120.0
"""Seconds."""
WARM_UP = 0.25
"""The share of the whole after which nothing may grow any more: caches are full, and learned bands are learned."""
FLAT = 0.05
"""How much the last quarter's median may be above that of the quarter after the warm-up."""
SLACK = {"memory, MiB": 2.0, "descriptors": 5.0, "greenlets": 10.0}
"""Below this a difference is no growth, whatever its share: a pool that opens one more connection."""
LINEAR = 0.2
"""By how much the journal may grow faster in the last quarter than on average after the warm-up."""


@dataclass(frozen=True)
class Sample:
    """What was seen of one thing at one moment."""

    at: float
    what: str
    unit: str
    value: float


@dataclass(frozen=True)
class Soak:
    """One run that goes on and on, and the processes around it."""

    stack: StackInfo
    reports: Path
    locust: "subprocess.Popen[bytes]"
    log: Path

    def said(self) -> str:
        """The end of what the run has printed."""
        return self.log.read_text(errors="replace")[-2000:]

    def look(self, at: float) -> Iterator[Sample]:
        """What everything is like now; a process that is just being started is left out."""
        for name, pid in self._processes().items():
            try:
                process = psutil.Process(pid)
                yield Sample(at, name, "memory, MiB", process.memory_info().rss / 2**20)
                yield Sample(at, name, "descriptors", process.num_fds() - clients(process))
            except psutil.NoSuchProcess:
                continue
        yield Sample(at, "locust", "greenlets", self._greenlets())
        for journal in self.reports.glob("*/journal.jsonl"):
            yield Sample(at, "journal", "MiB", journal.stat().st_size / 2**20)

    def _processes(self) -> dict[str, int]:
        with Connection(self.stack) as connection:
            services = connection.status().services
        engine = int((self.stack.folder / "run.lock").read_text().split()[0])
        measured = {name: services[name].pid for name in ("api", "receiver")}
        known = {"locust": self.locust.pid, "engine": engine, "supervisor": self.stack.pid}
        return known | {name: pid for name, pid in measured.items() if pid is not None}

    def _greenlets(self) -> float:
        target = (self.stack.targets / "simulator.json").read_text().split('"')[3]
        page = httpx.get(f"http://{target}/metrics", timeout=10, trust_env=False).text
        return float(
            next(line for line in page.splitlines() if line.startswith("simulator_greenlets ")).split()[1]
        )


def clients(process: psutil.Process) -> int:
    """Connections that others have opened to it: they come and go with the traffic, tens of them within a minute."""
    connections = process.net_connections("tcp")
    ports = {one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN}
    return sum(bool(one.raddr) and one.laddr.port in ports for one in connections)


@contextmanager
def running(stack: StackInfo, folder: Path) -> Iterator[Soak]:
    """The game day, until the block is left; then it is interrupted, as by Ctrl-C."""
    command = [sys.executable, "-m", "simulator.cli", "run", "soak", "--repeat", "1000", "--without", "caps"]
    with (folder / "run.log").open("wb") as log:
        locust = subprocess.Popen(
            [*command, "--reports", str(folder / "reports")], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        yield Soak(stack, folder / "reports", locust, folder / "run.log")
    finally:
        locust.send_signal(signal.SIGTERM)
        locust.wait(120)


def watch(soak: Soak, lasts: float) -> list[Sample]:
    """Samples over so many seconds, from when there is a journal."""
    _await_journal(soak)
    began, samples = time.monotonic(), list[Sample]()
    while (passed := time.monotonic() - began) < lasts:
        samples += soak.look(passed)
        _let_run(soak, min(SAMPLE_EVERY, lasts / 10))
    return samples


def _await_journal(soak: Soak) -> None:
    until = time.monotonic() + BEGUN_WITHIN
    while not list(soak.reports.glob("*/journal.jsonl")):
        if time.monotonic() > until:
            sys.exit(f"the run has no journal after {BEGUN_WITHIN:g} s:\n{soak.said()}")
        _let_run(soak, 1.0)


def _let_run(soak: Soak, seconds: float) -> None:
    try:
        soak.locust.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    sys.exit(f"the run ended by itself with {soak.locust.returncode}:\n{soak.said()}")


def judge(samples: list[Sample], lasts: float) -> tuple[Table, bool]:
    """First and last of everything, and whether all is flat, and the journal linear."""
    rows = Table("what", "unit", "after warm-up", "at the end", "growth", "", box=None, pad_edge=False)
    flat = True
    for what, unit in sorted({(one.what, one.unit) for one in samples}):
        seen = [one for one in samples if (one.what, one.unit) == (what, unit)]
        first = _values(seen, WARM_UP * lasts, (WARM_UP + 0.25) * lasts)
        last = _values(seen, 0.75 * lasts, lasts)
        if not first or not last:
            rows.add_row(what, unit, "", "", "", "not seen throughout")
            flat = False
            continue
        if what == "journal":
            before, after = (last[0] - first[0]) / (0.75 - WARM_UP), (last[-1] - last[0]) / 0.25
            allowed = LINEAR * before
        else:
            before, after = median(first), median(last)
            allowed = max(FLAT * before, SLACK[unit])
        good = after - before <= allowed
        flat &= good
        name = f"{unit} in {lasts / 60:.0f} min, at the rate of then" if what == "journal" else unit
        rows.add_row(
            what,
            name,
            f"{before:.1f}",
            f"{after:.1f}",
            f"{after / before - 1:+.1%}" if before else "",
            "" if good else "grows",
        )
    return rows, flat


def _values(samples: list[Sample], since: float, until: float) -> list[float]:
    return [one.value for one in samples if since <= one.at <= until]


def main() -> int:
    """Soak; returns the exit code."""
    lasts = float(str(seconds(os.environ.get("SOAK", "1h"))))
    with a_state_home() as home, an_embedded_stack(home) as stack:
        with running(stack, home) as soak:
            samples = watch(soak, lasts)
        left = injected(stack)
        rounds = (home / "run.log").read_text(errors="replace").count("redis-killed: completed")
    rows, flat = judge(samples, lasts)
    console = Console()
    if lasts < SHORTEST_JUDGED:
        console.print(
            f"growth is not judged in less than {SHORTEST_JUDGED / 60:.0f} min: everything still warms up"
        )
        flat = True
    console.print(f"soak: {lasts / 60:.0f} min, {rounds} rounds of 4 experiments, {len(left)} faults left")
    console.print(rows)
    return int(not flat or bool(left))


if __name__ == "__main__":
    sys.exit(main())
