"""Dashboards: whether a panel can be drawn, and soon enough to be of use."""

from collections.abc import Iterator

from simulator.lint.estate import Estate
from simulator.lint.finding import Found, check
from simulator.plan.durations import written

_NEEDS = "dashboards"


@check(
    "panel/unparsed",
    "warn",
    why="Prometheus answers such a query with an error, and the panel stays empty.",
    needs=_NEEDS,
)
def unparsed(estate: Estate) -> Iterator[Found]:
    """A query that cannot be parsed, with whatever its variables may stand for."""
    for query in estate.queries:
        if query.tree is None:
            yield Found(
                query.place, query.name, f"{query.name}: {query.error}: {query.expr!r}", "correct the PromQL"
            )


@check(
    "panel/window-over-sla",
    "warn",
    why="What changed shows in full only once the window has passed, so nobody sees on the panel what the page was about.",
    needs=f"{_NEEDS}; Prometheus, where the interval decides the window",
    heuristic=True,
)
def window_over_sla(estate: Estate) -> Iterator[Found]:
    """A query that looks back further than the shortest time within which a page is promised."""
    promised = estate.promised.shortest
    for query in estate.queries:
        if promised is not None and query.window is not None and query.window > promised:
            yield Found(
                query.place,
                query.name,
                f"{query.name} looks back {written(query.window)}, and a page is promised within {written(promised)}",
                f"look back {written(promised)} or less, or leave it to a panel that is not for watching",
                cause=f"a window of {written(query.window)}",
            )
