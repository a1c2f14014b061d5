"""The runs below a folder, read once: an index beside them keeps what is known of each, and is never the truth.

It may be deleted at any time, and is made again by one scan. A run is read anew when its report's size or time differ. A
folder that cannot be written, or an index that is damaged, costs time and nothing else.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json

from simulator.base import former
from simulator.base.errors import BadInput
from simulator.base.files import read_file
from simulator.base.garbage import put_off
from simulator.history.record import RunRecord, record
from simulator.journal.file import JOURNAL
from simulator.journal.packed import journal_in
from simulator.judge.verdict import RunVerdict

INDEX = ".index.sqlite"
RECORD = "record.json"
"""What `simulator prune` leaves of a run."""
_LARGEST_RECORD = 16 * 1024 * 1024
"""Bytes; one of a game day has about 5 KB."""
SHAPE = 4
"""Counted up when `RunRecord` changes: an index of another shape is made anew."""
_WAIT = 2.0
"""Seconds for another process that writes to it."""
_TABLE = "CREATE TABLE IF NOT EXISTS run (folder TEXT PRIMARY KEY, stamp TEXT NOT NULL, record TEXT NOT NULL)"


@dataclass(frozen=True)
class Runs:
    """What was found below a folder."""

    records: tuple[RunRecord, ...]
    """The oldest first."""
    folders: tuple[str, ...]
    """One for each record: the name of its folder."""
    damaged: tuple[str, ...]
    """Folders whose report cannot be read, by name."""
    unjudged: tuple[str, ...] = ()
    """Folders with a journal and no report, by name: the run goes on, or whoever ran it was killed."""


@dataclass(frozen=True)
class Differs:
    """A run whose report and journal do not belong together."""

    folder: str
    reported: RunRecord
    judged: RunRecord
    """By its journal, as it is now."""

    @property
    def is_resealed(self) -> bool:
        """Whether the journal is another one than was reported; of a report that knows no seal nobody can tell."""
        return self.reported.journal_seal not in ("", self.judged.journal_seal)

    @property
    def says_otherwise(self) -> bool:
        """Whether the report says something else than the journal, the seal apart."""
        return self.reported.model_copy(update={"journal_seal": self.judged.journal_seal}) != self.judged


@dataclass(frozen=True)
class Kept:
    """What one run leaves: a file of this name in its folder, and how it is read."""

    name: str
    largest: int
    """Bytes."""
    read: Callable[[bytes], RunVerdict]
    """Raises ValueError."""


def runs_below(reports: Path, kept: Kept) -> Runs:
    """Every run with a report below a folder, by the index where that knows it."""
    found: dict[str, RunRecord] = {}
    damaged: list[str] = []
    with put_off(), _opened(reports / INDEX) as index:
        known = _known(index)
        for path in _files(reports, kept.name):
            folder, stamp = path.parent.name, _stamp(path)
            stamped = known.get(folder)
            if stamped is not None and stamped[0] == stamp:
                found[folder] = stamped[1]
                continue
            try:
                found[folder] = _read(path, kept)
            except (BadInput, ValueError):
                damaged.append(folder)
                continue
            _keep(index, folder, stamp, found[folder])
        _forget(index, known.keys() - found.keys())
    order = sorted(found, key=lambda folder: (found[folder].epoch, folder))
    records = tuple(found[folder] for folder in order)
    return Runs(records, tuple(order), tuple(damaged), _unjudged(reports, {*found, *damaged}))


def _unjudged(reports: Path, reported: Collection[str]) -> tuple[str, ...]:
    journals = {path.parent for path in reports.glob(f"*/{JOURNAL}*")}
    return tuple(
        sorted(
            folder.name for folder in journals if folder.name not in reported and journal_in(folder).exists()
        )
    )


def _files(reports: Path, name: str) -> list[Path]:
    """Of each run its report, or what is left of it."""
    whole = {path.parent: path for path in reports.glob(f"*/{name}")}
    left = {path.parent: path for path in reports.glob(f"*/{RECORD}")}
    return sorted({**left, **whole}.values())


def _read(path: Path, kept: Kept) -> RunRecord:
    if path.name == RECORD:
        return RunRecord.model_validate(former.record(from_json(read_file(path, _LARGEST_RECORD))))
    return record(kept.read(read_file(path, kept.largest)))


def judged_again(runs: Runs, judged: Callable[[str], RunVerdict]) -> tuple[Runs, tuple[Differs, ...]]:
    """The same runs by their journals, which are the truth; and those whose report belongs to another one, or says something else.

    `judged` judges the journal in a folder, by its name. One without a readable journal is damaged. A journal that
    nobody has judged yet is judged now.
    """
    again: dict[str, RunRecord] = {}
    damaged = list(runs.damaged)
    for folder in (*runs.folders, *runs.unjudged):
        try:
            again[folder] = record(judged(folder))
        except (BadInput, ValueError):
            damaged.append(folder)
    order = tuple(sorted(again, key=lambda folder: (again[folder].epoch, folder)))
    said = dict(zip(runs.folders, runs.records, strict=True))
    pairs = (Differs(folder, said[folder], again[folder]) for folder in order if folder in said)
    others = tuple(one for one in pairs if one.is_resealed or one.says_otherwise)
    return Runs(tuple(again[folder] for folder in order), order, tuple(sorted(damaged))), others


def _stamp(path: Path) -> str:
    """Differs when the report does; empty where it cannot be told."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The index; where there can be none, one that is forgotten with the block."""
    index = _made(path)
    try:
        yield index
        with contextlib.suppress(sqlite3.Error):  # a full disk, or another process: next time, then
            index.commit()
    finally:
        index.close()


def _made(path: Path) -> sqlite3.Connection:
    try:
        return _connected(str(path))
    except sqlite3.OperationalError:  # no right to write, a full disk, another process
        return _connected(":memory:")
    except sqlite3.DatabaseError:  # no database, or a damaged one: nothing in it is missed
        path.unlink(missing_ok=True)
        return _connected(str(path))


def _connected(path: str) -> sqlite3.Connection:
    index = sqlite3.connect(path, timeout=_WAIT)
    try:
        if index.execute("PRAGMA user_version").fetchone()[0] != SHAPE:
            index.execute("DROP TABLE IF EXISTS run")
            index.execute(f"PRAGMA user_version = {SHAPE}")
        index.execute(_TABLE)
        index.commit()
    except sqlite3.Error:
        index.close()
        raise
    return index


def _known(index: sqlite3.Connection) -> dict[str, tuple[str, RunRecord]]:
    """By folder: its report's stamp, and the record of what was in it. What is no record any more is not known."""
    known = {}
    with contextlib.suppress(sqlite3.Error, UnicodeError):
        for folder, stamp, text in index.execute("SELECT folder, stamp, record FROM run"):
            with contextlib.suppress(ValidationError):
                known[str(folder)] = (str(stamp), RunRecord.model_validate_json(text))
    return known


def _keep(index: sqlite3.Connection, folder: str, stamp: str, kept: RunRecord) -> None:
    with contextlib.suppress(sqlite3.Error):
        index.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?)", (folder, stamp, kept.model_dump_json()))


def _forget(index: sqlite3.Connection, folders: set[str]) -> None:
    with contextlib.suppress(sqlite3.Error):
        index.executemany("DELETE FROM run WHERE folder = ?", [(folder,) for folder in sorted(folders)])
