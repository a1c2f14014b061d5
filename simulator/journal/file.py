"""The journal's file: facts, appended as they happen, one JSON line each. It never judges."""

import hashlib
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

from pydantic import TypeAdapter, ValidationError

from simulator.clock import RunClock
from simulator.errors import BadInput, HarnessError
from simulator.journal.facts import Altered, AnyFact, Planned

_SEALED = re.compile(r'(\{.*),"seal":"[0-9a-f]{16}"\}')
_any_fact: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)


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
        self.facts: list[AnyFact] = []
        """All that was written, for gates that look back."""

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

    def write(self, fact: AnyFact) -> None:
        """Stamp and append one fact; on disk (but for the kernel) when this returns.

        Raises:
            HarnessError: the disk is full or the file is gone. Faults must be undone, and no more injected.
        """
        stamped = fact.model_copy(
            update={"at": round(self._clock.elapsed(), 6), "experiment": self._experiment.get()}
        )
        self.facts.append(stamped)
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


def read_journal(path: Path) -> tuple[AnyFact, ...]:
    """All facts of a journal. A last line that was cut off in the middle is left out.

    Where a line is not as it was written, a fact `Altered` stands before it, once.

    Raises:
        BadInput: there is no journal, or a line in it is not a fact.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInput(f"{path}: no journal can be read there: {error.strerror}") from None
    facts = tuple(_read_lines(path, lines))
    if not facts or not isinstance(facts[0], Planned):
        raise BadInput(f"{path}:1: a journal begins with its plan; this file does not")
    return facts


def _read_lines(path: Path, lines: list[bytes]) -> Iterator[AnyFact]:
    seal = Seal()
    intact = True
    # What follows the last end of a line was cut off while it was written.
    for number, line in enumerate((line.decode(errors="replace") for line in lines[:-1]), 1):
        text = _SEALED.sub(r"\1}", line)
        try:
            fact = _any_fact.validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadInput(f"{path}:{number}: not a fact: {first['msg']}") from None
        if intact and seal.line(text) != line:
            intact = False
            altered = Altered(at=fact.at, line=number)
            # The plan stays the first, and the end of the run the last.
            yield from (fact, altered) if number == 1 else (altered, fact)
        else:
            yield fact
