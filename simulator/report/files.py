"""Writes the reports of a run into its folder."""

from pathlib import Path

from simulator.base.errors import HarnessError
from simulator.judge.verdict import RunVerdict
from simulator.report.registry import formats


def write_reports(verdict: RunVerdict, folder: Path) -> list[Path]:
    """Every known format, each written whole or not at all; the folder is made when it is missing.

    Raises:
        HarnessError: a file cannot be written (a full disk, say). Those written before it stay.
    """
    return [_write(folder / one.filename, one.render(verdict)) for one in formats().values()]


def _write(path: Path, content: bytes) -> Path:
    """Beside the target first, then renamed over it: a reader never sees half a report."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HarnessError(
            f"the report {path} ({len(content)} bytes) cannot be written: {error.strerror or error}; "
            f"make room or choose another folder, then render again from the journal"
        ) from None
    return path
