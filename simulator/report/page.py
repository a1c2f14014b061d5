"""What the HTML page shows, ready for its template: every picture drawn, every number chosen."""

from dataclasses import dataclass

from markupsafe import Markup

from simulator.history.spread import Spread, spreads
from simulator.judge.verdict import AlertVerdict, ExperimentVerdict, PanelVerdict, RunVerdict
from simulator.report import against, chart
from simulator.report.budget import STEPS, Spent, bar, scale_to, spent
from simulator.report.headline import headline, pace, subline
from simulator.report.matrix import Matrix, matrix
from simulator.report.moments import ALERT_MARKS, Lane, Moment, Shape, Zero, story, zero_of
from simulator.report.production import in_production
from simulator.report.standing import Group, Standings, groups, slowest_page
from simulator.report.timeline import NARROW, WIDE, timeline


@dataclass(frozen=True)
class Ranked:
    """One row of the table over all alerts."""

    row: Standings
    bar: Markup
    spent: list[Spent]


@dataclass(frozen=True)
class RankedGroup:
    """Alerts with one answer, and its rows."""

    group: Group
    rows: list[Ranked]


@dataclass(frozen=True)
class PanelPicture:
    """A panel's chart and the table beside it."""

    panel: str
    dashboard: str
    wide: Markup
    narrow: Markup
    facts: list[chart.SeriesFacts]


@dataclass(frozen=True)
class ExperimentPage:
    """The section of one experiment."""

    verdict: ExperimentVerdict
    anchor: str
    zero: Zero
    slowest: AlertVerdict | None
    lanes: tuple[Lane, ...]
    wide: Markup
    narrow: Markup
    pictures: list[PanelPicture]
    moving: list[PanelVerdict]
    """Panels that were to move, or that moved, or about which nothing could be said."""
    stayed: list[PanelVerdict]
    """Panels that stayed, as they should."""


@dataclass(frozen=True)
class Page:
    """The whole page."""

    verdict: RunVerdict
    headline: str
    in_production: str
    subline: str
    pace: tuple[str, ...]
    against: tuple[str, ...]
    """What it is held against, and then a line for each thing found; empty: there was nothing before it."""
    ranking: list[RankedGroup]
    marks: tuple[Shape, ...]
    """Those of a chain of evidence, as far as anybody looked."""
    steps: dict[str, str]
    """The same of the stages between them: the mark that ends one, and what it is spent on."""
    experiments: list[ExperimentPage]
    matrix: Matrix | None
    spreads: tuple[Spread, ...]


def page(verdict: RunVerdict) -> Page:
    """Everything the template needs, from the verdict alone."""
    unseen = {"notified"} if "receiver" in verdict.left_out else set()
    return Page(
        verdict=verdict,
        headline=headline(verdict),
        in_production=in_production(verdict),
        subline=subline(verdict),
        pace=pace(verdict),
        against=(against.heading(verdict), *against.lines(verdict)) if against.heading(verdict) else (),
        ranking=_ranking(verdict),
        marks=tuple(mark for mark in ALERT_MARKS if mark not in unseen),
        steps={mark: meaning for mark, meaning in STEPS.items() if mark not in unseen},
        experiments=[
            _experiment(experiment, number) for number, experiment in enumerate(verdict.experiments, 1)
        ],
        matrix=matrix(verdict),
        spreads=spreads([verdict]),
    )


def moment_of(lane: Lane, shape: str) -> Moment | None:
    """The lane's moment of this kind, for a table's cell."""
    return next((moment for moment in lane.moments if moment.shape == shape), None)


def _ranking(verdict: RunVerdict) -> list[RankedGroup]:
    asked = groups(verdict)
    high = scale_to([row for group in asked for row in group.rows])
    return [
        RankedGroup(group, [Ranked(row, bar(row, high), spent(row)) for row in group.rows]) for group in asked
    ]


def _experiment(experiment: ExperimentVerdict, number: int) -> ExperimentPage:
    told = story(experiment)
    anchor = f"experiment-{number}"
    title = f"{experiment.name}: every mark, in seconds since {told.since}"
    stayed = [panel for panel in experiment.panels if panel.expect == "stay" and panel.outcome == "met"]
    return ExperimentPage(
        verdict=experiment,
        anchor=anchor,
        zero=zero_of(experiment),
        slowest=slowest_page([experiment]),
        lanes=told.lanes,
        wide=timeline(told, WIDE, title, f"{anchor}-wide"),
        narrow=timeline(told, NARROW, title, f"{anchor}-narrow"),
        pictures=_pictures(experiment, anchor),
        moving=[panel for panel in experiment.panels if panel not in stayed],
        stayed=stayed,
    )


def _pictures(experiment: ExperimentVerdict, anchor: str) -> list[PanelPicture]:
    zero = zero_of(experiment).at
    begins = [fault.effective_from - zero for fault in experiment.faults if fault.effective_from is not None]
    ends = [
        (experiment.ended if fault.undone is None else fault.undone) - zero for fault in experiment.faults
    ]
    under = (min(begins), max(ends)) if begins else None
    pictures: list[PanelPicture] = []
    for number, track in enumerate(experiment.tracks, 1):
        panel = chart.shown(track, list(experiment.panels), zero, under)
        name = f"{anchor}-panel-{number}"
        pictures.append(
            PanelPicture(
                panel=track.panel,
                dashboard=track.dashboard,
                wide=chart.chart(panel, chart.WIDE, f"{name}-wide"),
                narrow=chart.chart(panel, chart.NARROW, f"{name}-narrow"),
                facts=chart.facts(panel),
            )
        )
    return pictures
