"""Writes the reports of a run into its folder."""

from pathlib import Path

from simulator.base.errors import HarnessError
from simulator.base.files import write_whole
from simulator.judge.verdict import RunVerdict
from simulator.report.registry import format_named, formats


def write_reports(verdict: RunVerdict, folder: Path) -> list[Path]:
    """Every known format, each written whole or not at all; the folder is made when it is missing.

    Raises:
        HarnessError: a file cannot be written (a full disk, say). Those written before it stay.
    """
    return [_write(folder / one.filename, one.render(verdict)) for one in formats().values()]


def write_summary(verdict: RunVerdict, path: Path) -> None:
    """The same as Markdown, to a file of the user's.

    Raises:
        HarnessError: it cannot be written.
    """
    _write(path, format_named("summary").render(verdict))


def _write(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise HarnessError(
            f"the report {path} ({len(content)} bytes) cannot be written: {error.strerror or error}; "
            f"make room or choose another folder, then render again from the journal"
        ) from None
    return path
