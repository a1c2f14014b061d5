"""Real Locust with a real engine on the shared stack."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.facts import AnyFact
from simulator.journal.reading import read_journal
from simulator.judge.verdict import RunVerdict
from simulator.report.json import read_verdict
from tests.checkout import ROOT
from tests.make import surroundings, typed
from tests.stack.waiting import eventually


class GameDayProcess:
    """A game day as a user starts it, `simulator run` or `make demo`, in a session of its own."""

    def __init__(
        self,
        stack: StackInfo,
        folder: Path,
        name: str,
        *options: str,
        by_make: bool = False,
        root: Path = ROOT,
    ) -> None:
        self.stack = stack
        self.reports = folder / "reports"
        self._log = (folder / "locust.log").open("w+")
        words = [name, "--reports", str(self.reports), *options]
        self.process = subprocess.Popen(
            typed("demo") if by_make else [sys.executable, "-m", "simulator.cli", "run", *words],
            cwd=root,
            env=surroundings(DEMO=" ".join(words)),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def engine(self) -> int:
        """The engine's process id: it holds the run lock, and wrote its id there."""
        pid, what = (self.stack.folder / "run.lock").read_text().split()
        assert what == "run"
        return int(pid)

    def facts(self) -> tuple[AnyFact, ...]:
        """What the journal holds so far."""
        journals = list(self.reports.glob("*/journal.jsonl"))
        if not journals or b"\n" not in journals[0].read_bytes():  # its first line may be half written
            return ()
        return read_journal(journals[0])

    def await_fact(self, wanted: Callable[[AnyFact], bool], within: float = 240.0) -> None:
        """Wait for such a fact; fails when the process ends, or the time, before there is one."""

        def look() -> bool:
            assert self.process.poll() is None, self.log()
            return any(wanted(fact) for fact in self.facts())

        eventually("such a fact", look, within)

    def shows(self, wanted: Callable[[AnyFact], bool], within: float = 240.0) -> bool:
        """Wait for such a fact; False when the process ends before there is one."""

        def look() -> bool:
            return self.process.poll() is not None or any(wanted(fact) for fact in self.facts())

        eventually("such a fact, or its end", look, within)
        return self.process.poll() is None

    def verdict(self) -> RunVerdict:
        """Of a run that has ended."""
        (report,) = self.reports.glob("*/report.json")
        return read_verdict(report.read_bytes())

    def wait(self, within: float = 180.0) -> int:
        """Its exit code."""
        return self.process.wait(within)

    def log(self) -> str:
        self._log.flush()
        return Path(self._log.name).read_text()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        self._log.close()


@pytest.fixture
def game_day(stack: StackInfo, tmp_path: Path) -> Iterator[Callable[..., GameDayProcess]]:
    """Starts game days by name or file; whatever still runs at the end is stopped."""
    started: list[GameDayProcess] = []

    def start(name: str, *, by_make: bool = False, root: Path = ROOT) -> GameDayProcess:
        folder = tmp_path if not started else tmp_path / f"again-{len(started)}"
        folder.mkdir(exist_ok=True)
        started.append(GameDayProcess(stack, folder, name, by_make=by_make, root=root))
        return started[-1]

    yield start
    for process in started:
        process.close()
