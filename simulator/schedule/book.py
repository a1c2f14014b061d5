"""What became of every slot, on disk: a slot is in the book before anything of it is done, and so at most once.

`reports/.schedule/NAME/`: a file per slot under `slots/`, one for each that is worked on under `going/`, `looked` (up to when all
slots are accounted for), `pruned` (up to when they may have been taken out) and `paused`. It lies where the runs are, so that whoever keeps those keeps it too.

Whoever works on a slot holds a lock on its file under `going/`, which the kernel lets go when that process ends, however it
ends. So nobody is taken for dead because a clock was set, and nothing in the book is rewritten but by who put it there, or once
they are gone.
"""

import contextlib
import fcntl
import math
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from simulator.base.errors import BadInput, HarnessError
from simulator.base.files import read_file
from simulator.base.values import Epoch, Number, Value
from simulator.schedule.slots import Slot, written

FOLDER = ".schedule"
LARGEST = 64 * 1024
"""Bytes of one record."""
Status = Literal["claimed", "started", "ended", "skipped", "missed", "unknown"]
"""`claimed`: it is being looked at whether it may begin. `unknown`: whoever began it is gone, and said no more."""


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
    count: int = 1
    """How many slots it stands for; the slot is the last of them."""
    late: Number = 0.0
    """Seconds after its time at which it began."""

    @property
    def is_over(self) -> bool:
        """Whether nobody works on it any more."""
        return self.status not in ("claimed", "started")

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
        self._pruned = self.folder / "pruned"
        self._paused = self.folder / "paused"
        self._held: dict[str, int] = {}
        """Descriptors of the files under `going/` that this process has locked."""

    def claim(self, record: SlotRecord) -> bool:
        """Put a slot into the book; False where it is there already, or was. It is on disk when this returns.

        Raises:
            HarnessError: it cannot be written, so nothing may be begun.
        """
        path = self.file_of(record.slot)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            if record.slot.instant <= self.pruned:  # by a clock that was set back far: it may have run
                return False
            for folder in (self._slots, self._going):
                folder.mkdir(parents=True, exist_ok=True)
            # First: what is in the book and goes on must be found. Who else holds it is at this slot already.
            if not record.is_over and not self._take(self._going / path.name, os.O_CREAT):
                return False
            _write(part, record.model_dump_json())
            try:
                path.hardlink_to(part)  # at once and whole, and only if nobody was faster
            except FileExistsError:
                self._let_go(path.name)
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
        path = self.file_of(record.slot)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            _write(part, record.model_dump_json())
            part.replace(path)
            _sync(self._slots)
            if record.is_over:
                self._let_go(path.name)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise self._full(error) from None

    def records(self, since: float = 0.0) -> Iterator[SlotRecord]:
        """All slots whose instant is not before that (UTC seconds), the earliest first; see `damaged` for the others."""
        for path in self._since(since):
            with contextlib.suppress(BadInput, ValidationError):
                yield _read(path)

    def damaged(self, since: float = 0.0) -> Iterator[Path]:
        """The files of those that cannot be read. They were begun, or skipped: nobody knows."""
        for path in self._since(since):
            try:
                _read(path)
            except (BadInput, ValidationError):
                yield path

    def _since(self, since: float) -> list[Path]:
        first = _name(since)
        return [path for path in sorted(self._slots.glob("[!.]*.json")) if path.name >= first]

    def abandoned(self) -> Iterator[SlotRecord]:
        """Those that somebody began to work on, and is gone. However many slots there ever were, these are few.

        Each is held while the block lasts that looks at it, and is settled by `change`.
        """
        for path in sorted(self._going.glob("*.json")):
            # Of one that is not in the book somebody is about to put it there: they must not find it held.
            if path.name in self._held or not (self._slots / path.name).exists() or not self._take(path):
                continue
            try:
                record = _read(self._slots / path.name)
            except (BadInput, ValidationError):
                record = None
            if record is None or record.is_over:
                self._let_go(path.name)
            else:
                yield record

    def take_out(self, over: Sequence[SlotRecord]) -> None:
        """Delete slots that are over, for good: `claim` knows that they were there, also when this is killed halfway.

        Raises:
            HarnessError: one cannot be deleted, or it cannot be noted.
        """
        until = max((record.slot.instant for record in over), default=0.0)
        part = self._pruned.with_name(f".pruned.{os.getpid()}")
        try:
            if until > self.pruned:
                _write(part, repr(until))
                part.replace(self._pruned)
                _sync(self.folder)
            for record in over:
                self.file_of(record.slot).unlink(missing_ok=True)
        except OSError as error:
            raise HarnessError(
                f"schedule {self.schedule}: old slots cannot be taken out of {self.folder}: {error.strerror};"
                " those that are left go the next time"
            ) from None

    def _take(self, path: Path, flags: int = 0) -> bool:
        """Lock a file under `going/`; False where somebody works on it, or it is not there."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._held[path.name] = handle
        return True

    def _let_go(self, name: str) -> None:
        handle = self._held.pop(name, None)
        if handle is not None:
            (self._going / name).unlink(missing_ok=True)
            os.close(handle)

    @property
    def looked(self) -> float | None:
        """Up to which moment (UTC seconds) every slot is in the book; None: nobody has looked yet."""
        try:
            return float(self._looked.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def has_looked(self, until: datetime) -> None:
        """Every slot that was due by then is in the book.

        It goes back with a clock that is set back: what ran has a file, and does not run again.
        """
        part = self._looked.with_name(f".looked.{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_text(repr(until.timestamp()))
            part.replace(self._looked)
        except OSError as error:
            raise self._full(error) from None

    @property
    def pruned(self) -> float:
        """Up to which instant (UTC seconds) slots may have been taken out; minus infinity: none ever was."""
        try:
            return float(self._pruned.read_text())
        except (FileNotFoundError, ValueError):
            return -math.inf

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

    def file_of(self, slot: Slot) -> Path:
        """Where it is kept."""
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
    return SlotRecord.model_validate_json(read_file(path, LARGEST))


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
