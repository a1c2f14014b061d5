"""Makes room: of old runs only what is counted is kept, a few kilobytes of each.

So no SLA report changes by it: whenever an alert last came in time, and what its rule was then, stays known. What goes is the
journal, by which a run could be judged again, and the reports that are rendered from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.base.errors import HarnessError
from simulator.base.files import write_whole
from simulator.history.index import RECORD, Runs
from simulator.history.record import RunRecord


@dataclass(frozen=True)
class Old:
    """A run of which only its record is to stay."""

    folder: Path
    record: RunRecord
    files: tuple[Path, ...]
    """What goes."""

    @property
    def size(self) -> int:
        """Bytes that go."""
        return sum(path.stat().st_size for path in self.files)


def old_runs(
    runs: Runs, reports: Path, names: Sequence[str], *, before: float, keep_breached: bool
) -> list[Old]:
    """The runs that began before a moment (UTC seconds) and still have files of these names, the oldest first."""
    found = []
    for name, record in zip(runs.folders, runs.records, strict=True):
        if record.epoch >= before or (keep_breached and record.outcome == "breached"):
            continue
        files = tuple(path for file in names if (path := reports / name / file).is_file())
        if files:
            found.append(Old(reports / name, record, files))
    return found


def whole_runs(runs: Runs, reports: Path, old: Iterable[Old]) -> set[str]:
    """The runs, by name, of which more than the record is there and stays."""
    going = {run.folder for run in old}
    return {
        record.run
        for name, record in zip(runs.folders, runs.records, strict=True)
        if reports / name not in going and not (reports / name / RECORD).is_file()
    }


def prune(old: Iterable[Old]) -> None:
    """Leave the record of each in its folder, and then delete the files: in this order, so that nothing is ever missing.

    Raises:
        HarnessError: one cannot be written or deleted.
    """
    for run in old:
        try:
            write_whole(run.folder / RECORD, run.record.model_dump_json().encode())
            for path in run.files:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise HarnessError(
                f"{run.folder} cannot be pruned: {error.strerror or error}; what is gone is in {RECORD}"
            ) from None
