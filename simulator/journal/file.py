"""The journal's file: facts, appended as they happen, one JSON line each. It never judges."""

import hashlib
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from simulator.base.clock import RunClock
from simulator.base.errors import HarnessError
from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import AnyFact
from simulator.journal.fitness import LoopLag, RequestsCounted, TrafficSeen

JOURNAL = "journal.jsonl"
"""The file's name in a run's folder."""
SAMPLES = (PanelsDrawn, TrafficSeen, RequestsCounted, LoopLag)
"""The kinds of facts that are nearly all of a journal."""
LET_GO_EVERY = 1000
"""Facts after which those that may be forgotten are."""


class Seal:
    """Chains the lines of a journal: each line's seal depends on all lines up to it.

    It tells an edited journal from an intact one. It is no signature: who knows how can seal a forgery anew.
    """

    def __init__(self) -> None:
        self._last = ""

    def line(self, fact: str) -> str:
        """The next line, given the fact on it as JSON."""
        self._last = hashlib.sha256((self._last + fact).encode()).hexdigest()[:16]
        return f'{fact[:-1]},"seal":"{self._last}"}}'


class Journal:
    """Writes facts to a file, stamping each with the run's time and the experiment whose task writes it."""

    def __init__(self, file: TextIO, clock: RunClock, listener: Callable[[AnyFact], None]) -> None:
        self._listener = listener
        self._file = file
        self._clock = clock
        self._seal = Seal()
        self._experiment: ContextVar[str] = ContextVar("experiment", default="")
        self._forgotten: Callable[[], float] = lambda: 0.0
        self._full = LET_GO_EVERY
        self.facts: list[AnyFact] = []
        """What was written and is not forgotten, for gates that look back."""

    @property
    def experiment(self) -> str:
        """Whose facts this task writes; empty: nobody's."""
        return self._experiment.get()

    @contextmanager
    def of(self, experiment: str) -> Iterator[None]:
        """What this task, and those it starts, write in the block is the experiment's."""
        before = self._experiment.set(experiment)
        try:
            yield
        finally:
            self._experiment.reset(before)

    def lately(self, seconds: float) -> list[AnyFact]:
        """The facts of the last so many seconds, in order of time."""
        return self.facts[
            bisect_left(self.facts, self._clock.elapsed() - seconds, key=lambda fact: fact.at) :
        ]

    def forget(self, before: Callable[[], float]) -> None:
        """Let go, now and again and again, of the many samples from before that time (run seconds); the file has them.

        Without this a long run's engine would grow by two megabytes a minute.
        """
        self._forgotten = before
        self._let_go()

    def _let_go(self) -> None:
        before = self._forgotten()
        self.facts = [fact for fact in self.facts if fact.at >= before or not isinstance(fact, SAMPLES)]
        self._full = len(self.facts) + LET_GO_EVERY

    def write(self, fact: AnyFact) -> None:
        """Stamp and append one fact; on disk (but for the kernel) when this returns.

        Raises:
            HarnessError: the disk is full or the file is gone. Faults must be undone, and no more injected.
        """
        stamped = fact.model_copy(
            update={"at": round(self._clock.elapsed(), 6), "experiment": self._experiment.get()}
        )
        self.facts.append(stamped)
        if len(self.facts) > self._full:
            self._let_go()
        try:
            self._file.write(self._seal.line(stamped.model_dump_json()) + "\n")
            self._file.flush()
        except OSError as error:
            raise HarnessError(f"the journal {self._file.name} cannot be written: {error.strerror}") from None
        self._listener(stamped)

    def close(self) -> None:
        """Force everything to disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise HarnessError(f"the journal {self._file.name} cannot be written: {error.strerror}") from None
