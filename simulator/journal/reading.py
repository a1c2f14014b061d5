"""Reads journals as they were written, one fact after the other, plain or packed."""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from simulator.base.errors import BadInput
from simulator.base.files import open_file
from simulator.base.values import complaint
from simulator.journal.facts import Altered, AnyFact, Planned
from simulator.journal.file import Seal
from simulator.journal.packed import PACKED, journal_in
from simulator.journal.story import Story

LARGEST_JOURNAL = 512 * 1024 * 1024
"""Bytes, unpacked; a day, the longest watch there is, fills 230 MB where every panel is watched."""
LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; the longest there is, the plan, has about 20 KB."""
_SEALED = re.compile(r'(\{.*),"seal":"[0-9a-f]{16}"\}')
_any_fact: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)


def read_run(folder: Path) -> Iterator[AnyFact]:
    """All facts of the journal in a run's folder, one after the other: a day's is never in memory as a whole.

    Raises:
        BadInput: as `read_journal`, while they are read.
    """
    return journal_facts(journal_in(folder))


def read_journal(path: Path) -> tuple[AnyFact, ...]:
    """All facts of a journal at once.

    Raises:
        BadInput: there is no journal, a line in it is not a fact, or one says what its plan rules out.
    """
    return tuple(journal_facts(path))


def journal_facts(path: Path) -> Iterator[AnyFact]:
    """The facts of a journal, one after the other. A last line that was cut off in the middle is left out.

    Where a line is not as it was written, a fact `Altered` stands before it, once.

    Raises:
        BadInput: as `read_journal`, while they are read.
    """
    seal = Seal()
    intact = True
    story: Story | None = None
    for number, line in enumerate(whole_lines(path), 1):
        sealed = _SEALED.fullmatch(line)
        text = f"{sealed[1]}}}" if sealed else line
        try:
            fact = _any_fact.validate_json(text)
        except ValidationError as error:
            raise BadInput(f"{path}:{number}: not a fact: {complaint(error)}") from None
        if story is None:
            if not isinstance(fact, Planned):
                raise BadInput(f"{path}:1: a journal begins with its plan; this file does not")
            story = Story(fact.plan)
        elif objection := story.objection(fact):
            raise BadInput(f"{path}:{number}: {objection}; the journal does not belong to its plan")
        if intact and seal.line(text) != line:
            intact = False
            altered = Altered(at=fact.at, line=number)
            # The plan stays the first, and the end of the run the last.
            yield from (fact, altered) if number == 1 else (altered, fact)
        else:
            yield fact
    if story is None:
        raise BadInput(f"{path}:1: a journal begins with its plan; this file does not; is it a journal?")


def whole_lines(path: Path) -> Iterator[str]:
    """The whole lines of a journal, without their ends: what follows the last end of a line was cut off while it was written.

    Raises:
        BadInput: it cannot be read, a line in it is longer than any fact, or it is longer than any journal.
    """
    try:
        with _opened(path) as next_line:
            yield from _lines(path, next_line)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"{path}: cannot be unpacked: {error}; is it whole?") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None


@contextmanager
def _opened(path: Path) -> Iterator[Callable[[int], bytes]]:
    """How its next line is read, of at most so many bytes."""
    with open_file(path, LARGEST_JOURNAL) as file:
        if path.name.endswith(PACKED):
            with gzip.open(file) as unpacked:
                yield unpacked.readline
        else:
            yield file.readline


def _lines(path: Path, next_line: Callable[[int], bytes]) -> Iterator[str]:
    number, left = 1, LARGEST_JOURNAL
    while (line := next_line(LONGEST_LINE)).endswith(b"\n"):
        left -= len(line)
        if left < 0:  # a small file may unpack to a huge one
            raise BadInput(
                f"{path}:{number}: longer than {LARGEST_JOURNAL} bytes, no more are read; is it a journal?"
            )
        yield line[:-1].decode(errors="replace")
        number += 1
    if len(line) >= LONGEST_LINE:
        raise BadInput(f"{path}:{number}: longer than {LONGEST_LINE} bytes, and no fact is; is it a journal?")
