"""What the programs themselves would refuse."""

from collections.abc import Iterator

from simulator.lint.estate import Estate
from simulator.lint.finding import Found, check
from simulator.lint.problems import DUPLICATE, REFUSED, UNKNOWN, Kind, Place


def _problems(estate: Estate, kind: Kind) -> Iterator[Found]:
    for file, problem in estate.problems:
        if problem.kind == kind:
            yield Found(Place(file, problem.line), file, problem.what, problem.fix)


@check(
    "config/duplicate-key",
    "error",
    why="Prometheus and Alertmanager refuse the whole file, so they stay with an older one or do not start.",
    needs="any file",
)
def duplicate_key(estate: Estate) -> Iterator[Found]:
    """A key that stands twice in the same place."""
    return _problems(estate, DUPLICATE)


@check(
    "config/unknown-key",
    "error",
    why="Prometheus and Alertmanager refuse the whole file, so they stay with an older one or do not start.",
    needs="any file",
)
def unknown_key(estate: Estate) -> Iterator[Found]:
    """A key that no version knows there."""
    return _problems(estate, UNKNOWN)


@check(
    "config/refused",
    "error",
    why="The program does not load it, so nothing in the file takes effect.",
    needs="any file",
)
def refused(estate: Estate) -> Iterator[Found]:
    """A value that the program does not take."""
    return _problems(estate, REFUSED)
