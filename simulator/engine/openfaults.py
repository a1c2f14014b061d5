"""What is injected right now, on disk: one fsynced file per fault."""

import contextlib
import os
from pathlib import Path

from pydantic import ValidationError

from simulator.base.errors import BadInput, HarnessError
from simulator.base.files import read_file
from simulator.base.names import shown
from simulator.base.values import complaint
from simulator.faults import FaultRecord, read_record

LARGEST_RECORD = 64 * 1024
"""Bytes; a record of ours has a few hundred."""


class OpenFaults:
    """The records of faults whose undo is not confirmed yet.

    A record is written before its fault is injected and removed after its undo is confirmed, so whatever
    happens in between is found at the next start.
    """

    def __init__(self, folder: Path, by_hand: str = "simulator undo") -> None:
        self.folder = folder
        self.by_hand = by_hand
        """What has to be typed to undo them."""

    def add(self, record: FaultRecord) -> None:
        """Write the record; it is on disk when this returns.

        Raises:
            HarnessError: it cannot be written, so the fault must not be injected.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            aside = self._path(record.id).with_suffix(".writing")
            with aside.open("w", encoding="utf-8") as file:
                file.write(record.model_dump_json())
                file.flush()
                os.fsync(file.fileno())
            aside.rename(self._path(record.id))
            self._sync_folder()
        except OSError as error:
            raise HarnessError(
                f"fault {record.fault} is not injected: its record cannot be written in {self.folder}: {error.strerror}"
            ) from None

    def remove(self, record: FaultRecord) -> None:
        """The undo is confirmed."""
        self._path(record.id).unlink(missing_ok=True)
        self._sync_folder()

    def all(self) -> list[FaultRecord]:
        """Every open fault, the latest first: the order in which they are undone.

        Raises:
            HarnessError: a record is damaged; the message names the file.
        """
        return [record for path in self.paths() if (record := self.read(path)) is not None]

    def paths(self) -> list[Path]:
        """The files of all open faults, the latest first."""
        found: list[tuple[int, Path]] = []
        for path in self.folder.glob("*.json"):
            with contextlib.suppress(FileNotFoundError):  # undone meanwhile, by another process
                # Not followed: what points nowhere is a damaged record too.
                found.append((path.lstat().st_mtime_ns, path))
        return [path for _, path in sorted(found, reverse=True)]

    def read(self, path: Path) -> FaultRecord | None:
        """One record; None where it is gone, because another process has undone it meanwhile.

        Raises:
            HarnessError: it is damaged; the message names the file.
        """
        try:
            record = read_record(read_file(path, LARGEST_RECORD).decode())
        except (ValidationError, UnicodeDecodeError, BadInput) as error:
            # Pydantic's own text has several lines and a web address; its first complaint is enough.
            why = complaint(error) if isinstance(error, ValidationError) else str(error)
            if not os.path.lexists(path):
                return None
        else:
            if self._path(record.id) == path:
                return record
            # Undone, it would stay, and the file that its id names would go: any file, with ../ in it.
            why = f"its id is {shown(record.id)}, which is another file's"
        raise HarnessError(
            f"the open fault in {path} cannot be read: {why}. Undo it by hand, then delete the file"
        )

    def _path(self, fault_id: str) -> Path:
        return self.folder / f"{fault_id}.json"

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
