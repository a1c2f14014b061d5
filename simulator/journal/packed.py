"""Long journals are packed once their run is over."""

import gzip
import os
import shutil
from pathlib import Path

from simulator.journal.file import JOURNAL

PACKED = ".gz"
LARGE = 8 * 1024 * 1024
"""Bytes; a journal below is left plain, to be read with the tools at hand."""


def journal_in(folder: Path) -> Path:
    """The journal of a run's folder: the plain one, where there is none the packed one."""
    plain, packed = folder / JOURNAL, folder / f"{JOURNAL}{PACKED}"
    return packed if packed.exists() and not plain.exists() else plain


def pack(folder: Path, large: int = LARGE) -> None:
    """Pack the journal of a run that is over, where it has so many bytes: line for line as it was, seals included.

    Killed in its midst, it leaves the plain one.

    Raises:
        OSError: the disk is full; the plain one stays.
    """
    plain = folder / JOURNAL
    if plain.stat().st_size < large:
        return
    part = folder / f".{JOURNAL}{PACKED}.part"
    try:
        with plain.open("rb") as journal, part.open("wb") as file:
            # No name and no time in it: the same journal makes the same bytes.
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as packed:
                shutil.copyfileobj(journal, packed, 1024 * 1024)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / f"{JOURNAL}{PACKED}")
        plain.unlink()
    finally:
        part.unlink(missing_ok=True)
