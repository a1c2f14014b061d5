"""Whether pages can be in time, by the budget of each alert and route: one finding for each alert that cannot, by what is in the way."""

from collections.abc import Callable, Iterator

from simulator.lint.budget import Row, budgets
from simulator.lint.change import smallest_change
from simulator.lint.estate import Estate
from simulator.lint.finding import Found, check
from simulator.plan.durations import written
from simulator.plan.latency import Part, total

_NEEDS = "rules; what Prometheus's and Alertmanager's files would add counts nothing without them"


@check(
    "budget/impossible",
    "error",
    why="Even if all else takes no time, the page comes after it was promised.",
    needs=_NEEDS,
)
def impossible(estate: Estate) -> Iterator[Found]:
    """The best case is longer than what is promised."""
    return _over(estate, lambda row, within: row.best > within, lambda row: row.timing.best, "at best")


@check(
    "budget/worst",
    "warn",
    why="The page is late whenever the fault comes at a bad moment, or is not as grave as it could be.",
    needs=_NEEDS,
)
def worst(estate: Estate) -> Iterator[Found]:
    """The worst case is longer than what is promised, the best is not."""

    def late(row: Row, within: float) -> bool:
        return row.best <= within < row.worst and not _only_by_joining(row, within)

    return _over(estate, late, lambda row: row.timing.worst, "at worst")


@check(
    "budget/joins-group",
    "warn",
    why="A second alert in a group waits for the group's next turn, whoever it is about.",
    needs=_NEEDS,
)
def joins_group(estate: Estate) -> Iterator[Found]:
    """An alert that would be in time, but that it may join a group which has just been told of."""

    def late(row: Row, within: float) -> bool:
        return row.best <= within < row.worst and _only_by_joining(row, within)

    return _over(estate, late, lambda row: row.timing.worst, "at worst")


def _only_by_joining(row: Row, within: float) -> bool:
    timing = row.timing
    return timing.joins and row.worst - timing.grouped + timing.group_wait <= within


def _over(
    estate: Estate,
    is_late: Callable[[Row, float], bool],
    parts: Callable[[Row], tuple[Part, ...]],
    when: str,
) -> Iterator[Found]:
    """Of each alert the route by which it is latest: it is told by all of them."""
    latest: dict[object, Row] = {}
    for row in budgets(estate):
        if row.within is not None and is_late(row, row.within):
            before = latest.get(row.rule.place)
            latest[row.rule.place] = row if before is None or row.worst > before.worst else before
    for row in latest.values():
        yield _found(row, row.within or 0.0, parts(row), when)


def _found(row: Row, within: float, parts: tuple[Part, ...], when: str) -> Found:
    stages = ", ".join(f"{part.name} {written(part.seconds)}" for part in parts if part.seconds)
    longest = max(parts, key=lambda part: part.seconds)
    way = f" by {row.route.path}" if row.route else ""
    changes = smallest_change(row.timing, within)
    if changes:
        fix = "; ".join(map(str, changes))
    else:
        fix = f"no setting meets {written(within)}: promise this severity more time, or ask another metric"
    return Found(
        row.rule.place,
        row.rule.name,
        f"{row.rule.name}{way} takes {written(total(parts))} {when} ({stages}); {row.severity or 'it'} has {written(within)}",
        fix,
        cause=f"mostly {longest.name}",
    )
