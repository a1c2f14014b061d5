"""One self-contained page, no script and nothing fetched: for whoever reads it once a month."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup

from simulator.history.sla import Attained, Point, Sla
from simulator.judge.verdict import Outcome
from simulator.report.html import templates
from simulator.report.sla.coverage import There, there
from simulator.report.sla.words import COLUMNS, COVERAGE, Line, row, rule, sections, sentence, standing, title
from simulator.report.words import plain

_TONES: dict[str, Outcome] = {"attained": "met", "failed": "breached", "unproven": "inconclusive"}
_SIGNS = {"met": "✓", "breached": "✕", "inconclusive": "?"}
_FIGURES = ("in time", "inconclusive", "at least", "median", "worst", "detected", "production")
_BUDGET = "Error budget"
MOST_BARS = 60
"""Attempts that are drawn, the latest."""
MOST_DAYS = 62
"""Days of the calendar, the latest."""
_WIDTH, _HEIGHT = 4, 24


class Cell(NamedTuple):
    """One day of one alert."""

    tone: str
    text: str


class Row(NamedTuple):
    """One alert's line."""

    alert: str
    anchor: str
    note: str
    where: str
    """Its environment, where there are several."""
    tone: Outcome
    state: str
    more: str
    cells: Sequence[tuple[str, str]]
    bars: Markup
    days: Sequence[Cell]


class Page(NamedTuple):
    """What the template is given."""

    sla: Sla
    title: str
    sentence: str
    tone: Outcome
    budget: str
    columns: Sequence[str]
    rows: Sequence[Row]
    days: Sequence[str]
    sections: Sequence[tuple[str, Sequence[Line]]]
    coverage: Sequence[There]


def html(sla: Sla) -> str:
    """The page; works from file://, in light and dark, on a phone and on paper."""
    said = [(heading, lines) for heading, lines in sections(sla) if lines]
    days = list(_days(sla))
    page = Page(
        sla=sla,
        title=title(sla),
        sentence=sentence(sla),
        tone=sla.outcome,
        budget=next((lines[0].text for heading, lines in said if heading == _BUDGET), ""),
        columns=_FIGURES,
        rows=_rows(sla.alerts, days),
        days=[f"{day:%b %d}" for day in days],
        sections=[(heading, lines) for heading, lines in said if heading not in (_BUDGET, COVERAGE)],
        coverage=[there(one) for one in sla.coverage],
    )
    return plain(templates().get_template("sla.html.j2").render(page=page)) + "\n"


def _anchors(alerts: Sequence[Attained]) -> Iterator[str]:
    """One each, by the alert's name; of an alert that is counted in several ways the others are numbered."""
    seen: Counter[str] = Counter()
    for one in alerts:
        name = re.sub(r"[^A-Za-z0-9]+", "-", one.alert).strip("-")
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}--{seen[name]}"


def _rows(alerts: Sequence[Attained], days: Sequence[datetime]) -> list[Row]:
    several = len({one.environment for one in alerts}) > 1
    return [
        _row(one, anchor, one.environment if several else "", days)
        for one, anchor in zip(alerts, _anchors(alerts), strict=True)
    ]


def _row(one: Attained, anchor: str, where: str, days: Sequence[datetime]) -> Row:
    told = dict(zip(COLUMNS, row(one), strict=True))
    _, _, more = standing(one).partition(": ")
    return Row(
        alert=one.alert,
        anchor=anchor,
        note=f"{one.environment} · {one.severity} · limit {told['limit']} · rule {rule(one)}",
        where=where,
        tone=_TONES[one.state],
        state=one.state,
        more=more,
        cells=[(name, told[name]) for name in _FIGURES],
        bars=_bars(one),
        days=list(_calendar(one.points, days)),
    )


def _bars(one: Attained) -> Markup:
    """Its latest attempts as bars, a full one being the limit."""
    points = one.points[-MOST_BARS:]
    drawn = Markup("").join(_bar(at, point, one.limit) for at, point in enumerate(points))
    return Markup(
        '<svg class="spark" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}"'
        ' style="width:auto;height:{}px">{}</svg>'
    ).format(
        f"{one.met} of {one.tried} in time",
        len(points) * _WIDTH,
        _HEIGHT,
        len(points) * _WIDTH,
        _HEIGHT,
        _HEIGHT,
        drawn,
    )


def _bar(at: int, point: Point, limit: float) -> Markup:
    missed = point.outcome == "breached" or point.latency is None
    height = (
        _HEIGHT if missed or point.latency is None else max(1.0, min(1.0, point.latency / limit) * _HEIGHT)
    )
    colour = {"met": "good", "breached": "bad", "inconclusive": "unsure"}[point.outcome]
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" style="fill:var(--{})"/>').format(
        at * _WIDTH, f"{_HEIGHT - height:.1f}", _WIDTH - 1, f"{height:.1f}", colour
    )


def _days(sla: Sla) -> Iterator[datetime]:
    """Midnights in UTC."""
    first, end = (datetime.fromtimestamp(at, UTC) for at in (sla.period.start, sla.period.end))
    day = max(first.replace(hour=0, minute=0, second=0, microsecond=0), end - timedelta(days=MOST_DAYS))
    while day < end:
        yield day
        day += timedelta(days=1)


def _calendar(points: Sequence[Point], days: Sequence[datetime]) -> Iterator[Cell]:
    seen: dict[str, set[Outcome]] = defaultdict(set)
    for point in points:
        seen[f"{datetime.fromtimestamp(point.epoch, UTC):%Y-%m-%d}"].add(point.outcome)
    for day in days:
        outcomes = seen.get(f"{day:%Y-%m-%d}", set())
        worst = next((one for one in ("breached", "met", "inconclusive") if one in outcomes), "")
        yield Cell(worst, _SIGNS.get(worst, ""))
