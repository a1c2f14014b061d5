"""What became of every slot, on disk: a slot is in the book before anything of it is done, and so at most once.

`reports/.schedule/NAME/`: a file per slot under `slots/`, the names of those that are worked on under `going/`, `looked` (up to
when all slots are accounted for) and `paused`.
It lies where the runs are, so that whoever keeps those keeps it too. Nothing in it is rewritten but by who put it there, or
once that process is gone.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import psutil
from pydantic import ValidationError

from simulator.base.errors import BadInput, HarnessError
from simulator.base.files import read_file
from simulator.base.values import Epoch, Number, Value
from simulator.schedule.slots import Slot, written

FOLDER = ".schedule"
LARGEST = 64 * 1024
"""Bytes of one record."""
_SAME_START = 1.0
"""Seconds between two readings of when a process was started."""
_ELSEWHERE = 86_400.0
"""Seconds for which a slot that another machine has begun may go on: no run may last longer."""

Status = Literal["claimed", "started", "ended", "skipped", "missed", "unknown"]
"""`claimed`: it is being looked at whether it may begin. `unknown`: whoever began it is gone, and said no more."""


class Process(Value):
    """Who works on a slot."""

    host: str
    pid: int
    started: Epoch

    @classmethod
    def this(cls) -> "Process":
        own = psutil.Process()
        return cls(host=socket.gethostname(), pid=own.pid, started=own.create_time())

    def lives(self, since: float, now: float) -> bool:
        """Whether it still runs; one of another machine is believed to for a day from `since` (UTC seconds)."""
        if self.host != socket.gethostname():
            return now < since + _ELSEWHERE
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started) < _SAME_START
        except psutil.Error:
            return False


class SlotRecord(Value):
    """What became of one slot, or of a stretch of them that was missed together."""

    slot: Slot
    environment: str
    status: Status
    at: Epoch
    """UTC seconds of the latest change."""
    reason: str = ""
    """Why it did not run, or is unknown."""
    exit_code: int | None = None
    run: str = ""
    """The folder of its run, below the reports."""
    process: Process | None = None
    count: int = 1
    """How many slots it stands for; the slot is the last of them."""
    late: Number = 0.0
    """Seconds after its time at which it began."""

    @property
    def ran(self) -> bool:
        return self.status in ("started", "ended")

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to look: it did not run, or its run was not met."""
        return self.status != "ended" or self.exit_code != 0


class Book:
    """The slots of one schedule."""

    def __init__(self, reports: Path, schedule: str) -> None:
        self.schedule = schedule
        self.folder = reports / FOLDER / schedule
        self._slots = self.folder / "slots"
        self._going = self.folder / "going"
        self._looked = self.folder / "looked"
        self._paused = self.folder / "paused"

    def claim(self, record: SlotRecord) -> bool:
        """Put a slot into the book; False where it is there already. It is on disk when this returns.

        Raises:
            HarnessError: it cannot be written, so nothing may be begun.
        """
        path = self._path(record.slot)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            for folder in (self._slots, self._going):
                folder.mkdir(parents=True, exist_ok=True)
            if record.process is not None:  # first: what is in the book and goes on must be found
                (self._going / path.name).touch()
            _write(part, record)
            try:
                path.hardlink_to(part)  # at once and whole, and only if nobody was faster
            except FileExistsError:
                return False
            finally:
                part.unlink()
            _sync(self._slots)
        except OSError as error:
            raise self._full(error) from None
        return True

    def change(self, record: SlotRecord) -> None:
        """Say what became of a slot that is in the book.

        Raises:
            HarnessError: it cannot be written.
        """
        path = self._path(record.slot)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            _write(part, record)
            part.replace(path)
            _sync(self._slots)
            if record.process is None:
                (self._going / path.name).unlink(missing_ok=True)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise self._full(error) from None

    def records(self, since: float = 0.0) -> Iterator[SlotRecord]:
        """All slots whose instant is not before that (UTC seconds), the earliest first.

        Raises:
            HarnessError: one cannot be read; the message names the file.
        """
        first = _name(since)
        for path in sorted(self._slots.glob("[!.]*.json")):
            if path.name >= first:
                with contextlib.suppress(FileNotFoundError):
                    yield _read(path)

    def going(self) -> list[SlotRecord]:
        """Those that somebody works on, or worked on; however many there ever were, these are few.

        Raises:
            HarnessError: one cannot be read; the message names the file.
        """
        found = []
        for path in sorted(self._going.glob("*.json")):
            with contextlib.suppress(FileNotFoundError):
                found.append(_read(self._slots / path.name))
        return found

    def of(self, slot: Slot) -> SlotRecord | None:
        path = self._path(slot)
        return _read(path) if path.exists() else None

    @property
    def looked(self) -> float | None:
        """Up to which moment (UTC seconds) every slot is in the book; None: nobody has looked yet."""
        try:
            return float(self._looked.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def has_looked(self, until: datetime) -> None:
        """Every slot that was due by then is in the book. Never taken back: a clock that is set back repeats no slot."""
        moment = until.timestamp()
        if (self.looked or 0.0) >= moment:
            return
        part = self._looked.with_name(f".looked.{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_text(repr(moment))
            part.replace(self._looked)
        except OSError as error:
            raise self._full(error) from None

    @property
    def paused(self) -> str:
        """Why it is paused; empty: it is not."""
        try:
            return " ".join(self._paused.read_text(encoding="utf-8", errors="replace").split()) or "no reason"
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self._paused} cannot be read: {error.strerror}"

    def pause(self, reason: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._paused.write_text(f"{reason}\n", encoding="utf-8")
        except OSError as error:
            raise self._full(error) from None

    def go_on(self) -> bool:
        """End the pause; False: there was none."""
        try:
            self._paused.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._full(error) from None
        return True

    def _path(self, slot: Slot) -> Path:
        return self._slots / _name(slot.instant)

    def _full(self, error: OSError) -> HarnessError:
        return HarnessError(
            f"schedule {self.schedule}: {self.folder} cannot be written: {error.strerror}; nothing is begun without it"
        )


def books(reports: Path) -> list[Book]:
    """Of every schedule that ever ran, also of one whose file is gone."""
    return [Book(reports, path.parent.name) for path in sorted((reports / FOLDER).glob("*/slots"))]


def _name(instant: float) -> str:
    """`20261103T090000Z.json`: in the order of time."""
    return f"{written(instant).replace(':', '').replace('-', '')}.json"


def _read(path: Path) -> SlotRecord:
    try:
        return SlotRecord.model_validate_json(read_file(path, LARGEST))
    except (BadInput, ValidationError) as error:
        if not path.exists():
            raise FileNotFoundError(path) from None
        why = "it is no record of a slot" if isinstance(error, ValidationError) else str(error)
        raise HarnessError(f"{path}: {why}; look what became of that slot, then move the file away") from None


def _write(path: Path, record: SlotRecord) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(record.model_dump_json())
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
