"""How a file is read that anybody may have written: not beyond a limit, and only where it is one. And folders, made and unmade."""

import contextlib
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from simulator.base.errors import BadInput


def open_file(path: Path, most: int) -> BinaryIO:
    """The file, open for reading, of at most so many bytes: no folder, no device, no pipe that never ends.

    Raises:
        BadInput: it cannot be read; the message says why.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"{path}: cannot be read: it is no regular file; give the path of one")
        if found.st_size > most:
            raise BadInput(
                f"{path}: cannot be read: it has {found.st_size} bytes, at most {most} are read;"
                " is it the right file?"
            )
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:  # Python's own word for a path with a zero byte in it
        raise BadInput(f"{str(path)!r}: cannot be read: no path has a zero byte in it") from None


def read_file(path: Path, most: int) -> bytes:
    """Its content, of at most so many bytes.

    Raises:
        BadInput: it cannot be read, or grew beyond the limit meanwhile.
    """
    try:
        with open_file(path, most) as file:
            content = file.read(most + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > most:
        raise BadInput(f"{path}: cannot be read: it grew beyond {most} bytes; is it the right file?")
    return content


def write_whole(path: Path, content: bytes) -> None:
    """Beside the target first, then renamed over it: a reader never sees half of it.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> list[Path]:
    """Make a folder, and those above it; returns those that were missing, the deepest first.

    Raises:
        FileExistsError: it exists.
        OSError: it cannot be made.
        ValueError: nothing can have such a name.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True)
    return missing


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove those of the folders that are empty, the deepest first."""
    with contextlib.suppress(OSError):  # the first that is not empty, and so all above it
        for folder in folders:
            folder.rmdir()
