"""Where the seconds between fault and page went: one stacked bar per alert, and the numbers beside it."""

from dataclasses import dataclass

from markupsafe import Markup

from simulator.report.standing import Standings
from simulator.report.svg import Scale, element, line
from simulator.report.words import seconds

WIDTH, HEIGHT = 400.0, 12.0
STEPS: dict[str, str] = {
    "true": "until the expression was true",
    "pending": "until the rule saw it",
    "firing": "held until firing",
    "accepted": "until Alertmanager had it",
    "notified": "until the receiver had it",
}
"""The mark that ends a stage, and what the stage is spent on."""


@dataclass(frozen=True)
class Spent:
    """One stage: the mark that ends it, and its seconds."""

    mark: str
    took: float
    most: bool
    """This stage ate more than any other."""


def spent(row: Standings) -> list[Spent]:
    """The stages up to the page, named by the marks that end them.

    Alertmanager is polled and the receiver is not, so `accepted` may be seen after the page: that stage is no
    part of the latency and is left out.
    """
    ends = [stage.stage.rpartition("→")[2].strip() for stage in row.stages]
    until = ends.index("notified") + 1 if "notified" in ends else len(ends)
    longest = max((stage.took for stage in row.stages[:until]), default=0.0)
    return [
        Spent(mark, stage.took, stage.took == longest)
        for mark, stage in zip(ends[:until], row.stages[:until], strict=True)
    ]


def scale_to(rows: list[Standings]) -> float:
    """The seconds at the right edge of every bar: the same for all, so that bars can be compared."""
    totals = [sum(stage.took for stage in spent(row)) for row in rows]
    limits = [row.limit for row in rows if row.limit is not None]
    return max([1.0, *totals, *limits])


def bar(row: Standings, high: float) -> Markup:
    """The bar, stretched by the page to whatever width there is; the limit is the line at its right."""
    scale = Scale(0.0, high, 0.0, WIDTH)
    whole = scale.at(row.limit) if row.limit is not None else WIDTH
    drawn = [element("rect", x=0, y=0, width=whole, height=HEIGHT, class_="track")]
    at = 0.0
    for stage in spent(row):
        x, end = scale.at(at), scale.at(at + stage.took)
        drawn.append(
            element(
                "rect", x=x, y=0, width=max(0.8, end - x - 0.8), height=HEIGHT, class_=f"stage {stage.mark}"
            )
        )
        at += stage.took
    if row.limit is not None:
        drawn.append(line((scale.at(row.limit) - 0.5, -2), (scale.at(row.limit) - 0.5, HEIGHT + 2), "limit"))
    return element(
        "svg",
        element("title", f"{row.alert}: where the time went"),
        element("desc", ", ".join(f"{one.mark} {seconds(one.took)}" for one in spent(row)) or "no stages"),
        *drawn,
        class_="bar",
        viewBox=f"0 -2 {WIDTH:g} {HEIGHT + 4:g}",
        preserveAspectRatio="none",
        role="img",
    )
