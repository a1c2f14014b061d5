"""A small line chart of one panel: the series directly labelled, the fault as a band, the movement marked."""

import math
import statistics
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from simulator.judge.verdict import PanelTrack, PanelVerdict
from simulator.report.svg import Scale, element, label, line, path, spread, text_width, ticks, wrapped
from simulator.report.units import amount
from simulator.report.words import MINUS, NOTHING

WIDE, NARROW = 540.0, 340.0
"""Widths of the picture, for a desk and for a phone."""
HEIGHT = 230.0
TOP, BOTTOM, LEFT = 26.0, 34.0, 64.0
SMALL = 12.0
LABELS_MOST = 0.28
"""Share of the width for the names of series on the right; longer names are set in several lines."""
ROW = 15.0
NAME_APART = 90.0
"""Closer than this, "moved" and "back" would overprint."""
GAP = 2.5
"""A line is broken where samples are further apart than this many usual intervals."""

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Shown:
    """A panel to draw; times in seconds since the fault bit."""

    panel: str
    unit: str
    series: dict[str, Points]
    focus: frozenset[str]
    """The series that were judged; the others step back."""
    moved: float | None
    back: float | None
    fault: tuple[float, float] | None


@dataclass(frozen=True)
class SeriesFacts:
    """What the chart shows of one series, in words."""

    name: str
    before: str
    during: str
    after: str


def shown(
    track: PanelTrack, verdicts: list[PanelVerdict], zero: float, fault: tuple[float, float] | None
) -> Shown:
    """The track of a panel and what was found in it."""
    mine = [panel for panel in verdicts if (panel.dashboard, panel.panel) == (track.dashboard, track.panel)]
    moved = [panel for panel in mine if panel.moved_at is not None]
    named = frozenset(panel.series for panel in mine if panel.series in track.series)
    return Shown(
        panel=track.panel,
        unit=track.unit,
        series={
            name: tuple((at - zero, value) for at, value in points if math.isfinite(value))
            for name, points in track.series.items()
        },
        focus=named or frozenset(track.series),
        moved=moved[0].moved_at - zero if moved and moved[0].moved_at is not None else None,
        back=moved[0].back_at - zero if moved and moved[0].back_at is not None else None,
        fault=fault,
    )


def facts(panel: Shown) -> list[SeriesFacts]:
    """The table beside the chart: normal before the fault, the span under it, the last value after it."""
    begin, end = panel.fault or (0.0, math.inf)
    return [
        SeriesFacts(
            name=name,
            before=_middle([value for at, value in points if at < begin], panel.unit),
            during=_span([value for at, value in points if begin <= at <= end], panel.unit)
            + _silence(points),
            after=_last([value for at, value in points if at > end], panel.unit),
        )
        for name, points in panel.series.items()
    ]


def chart(panel: Shown, width: float, identity: str) -> Markup:
    """The picture. `identity` makes its ids unique on the page."""
    names = {
        name: wrapped(name, SMALL, LABELS_MOST * width) for name, points in panel.series.items() if points
    }
    room = max((text_width(text, SMALL) for lines in names.values() for text in lines), default=0.0)
    points = [point for series in panel.series.values() for point in series]
    times = [at for at, _ in points] or [0.0, 1.0]
    x = Scale(min(times), max(times), LEFT, width - room - 12)
    y = _value_scale([value for _, value in points], HEIGHT - BOTTOM, TOP)
    drawn = [*_fault(panel, x), *_axes(panel, x, y)]
    drawn += _moved(panel, x)
    for name in sorted(panel.series, key=lambda name: name in panel.focus):
        drawn += _series(panel.series[name], x, y, "series focus" if name in panel.focus else "series")
    drawn += _labels(panel, names, x.end + 8, y) if points else [_empty(width)]
    return element(
        "svg",
        element("title", f"{panel.panel} around the fault", id=f"{identity}-title"),
        element("desc", _described(panel), id=f"{identity}-desc"),
        *drawn,
        class_="chart",
        viewBox=f"0 0 {width:g} {HEIGHT:g}",
        role="img",
        aria_labelledby=f"{identity}-title {identity}-desc",
    )


def _described(panel: Shown) -> str:
    said = [
        f"{one.name}: before {one.before}, during {one.during}, after {one.after}." for one in facts(panel)
    ]
    return " ".join(said) or "No samples."


def _value_scale(values: list[float], bottom: float, top: float) -> Scale:
    """From zero where the values are not negative: a rate that halves must look halved."""
    low, high = min([0.0, *values]), max([0.0, *values])
    return Scale(low, low + (high - low) * 1.08 if high > low else low + 1.0, bottom, top)


def _fault(panel: Shown, x: Scale) -> list[Markup]:
    if panel.fault is None:
        return []
    begin, end = x.at(panel.fault[0]), x.at(panel.fault[1])
    return [
        element(
            "rect", x=begin, y=TOP - 6, width=end - begin, height=HEIGHT - BOTTOM - TOP + 6, class_="band"
        ),
    ]


def _axes(panel: Shown, x: Scale, y: Scale) -> list[Markup]:
    drawn: list[Markup] = []
    for tick in ticks(y.low, y.high, 4):
        at = y.at(tick)
        drawn.append(line((x.start, at), (x.end, at), "grid"))
        drawn.append(label(amount(tick, panel.unit), x.start - 8, at + 4, class_="tick", text_anchor="end"))
    for tick in ticks(x.low, x.high, int((x.end - x.start) / 60), (1, 2, 3, 6, 10)):
        drawn.append(
            label(
                f"{tick:g} s".replace("-", MINUS),
                x.at(tick),
                HEIGHT - BOTTOM + 18,
                class_="tick",
                text_anchor="middle",
            )
        )
        drawn.append(line((x.at(tick), y.start), (x.at(tick), y.start + 4), "axis"))
    drawn.append(line((x.start, y.start), (x.end, y.start), "axis"))
    return drawn


def _moved(panel: Shown, x: Scale) -> list[Markup]:
    """Where the panel moved and came back; names that would meet stand on either side."""
    seen = [(word, at) for word, at in (("moved", panel.moved), ("back", panel.back)) if at is not None]
    close = len(seen) > 1 and x.at(seen[1][1]) - x.at(seen[0][1]) < NAME_APART
    drawn: list[Markup] = []
    for (word, at), side in zip(seen, ("end", "start"), strict=False):
        place = x.at(at)
        drawn.append(line((place, TOP - 6), (place, HEIGHT - BOTTOM), "moved-line"))
        anchor = side if close else "middle"
        drawn.append(label(f"{word} {at:.1f} s", place, TOP - 12, class_="tick", text_anchor=anchor))
    return drawn


def _stretches(points: Points) -> list[Points]:
    """The points between gaps: nothing is drawn where nothing was sampled."""
    usual = statistics.median([later[0] - earlier[0] for earlier, later in pairwise(points)] or [math.inf])
    stretches: list[list[tuple[float, float]]] = []
    last = -math.inf
    for point in points:
        if point[0] - last > GAP * usual or not stretches:
            stretches.append([])
        stretches[-1].append(point)
        last = point[0]
    return [tuple(stretch) for stretch in stretches]


def _series(points: Points, x: Scale, y: Scale, class_: str) -> list[Markup]:
    """One line for every stretch without a gap; a lone sample is a dot."""
    placed = [[(x.at(at), y.at(value)) for at, value in stretch] for stretch in _stretches(points)]
    return [
        path(stretch, class_)
        if len(stretch) > 1
        else element("circle", cx=stretch[0][0], cy=stretch[0][1], r=1.5, class_=f"{class_} dot")
        for stretch in placed
    ]


def _labels(panel: Shown, names: dict[str, list[str]], x: float, y: Scale) -> list[Markup]:
    """Beside the line's end, moved apart where ends are close."""
    order = list(names)
    wanted = [y.at(panel.series[name][-1][1]) - ROW / 2 for name in order]
    tops = spread(wanted, [ROW * len(names[name]) for name in order], TOP - 10, HEIGHT - BOTTOM + 6)
    return [
        label(
            text,
            x,
            top + 11 + ROW * index,
            class_="series-name focus" if name in panel.focus else "series-name",
        )
        for name, top in zip(order, tops, strict=True)
        for index, text in enumerate(names[name])
    ]


def _empty(width: float) -> Markup:
    return label("no samples", width / 2, HEIGHT / 2, class_="tick", text_anchor="middle")


def _middle(values: list[float], unit: str) -> str:
    return amount(statistics.median(values), unit) if values else NOTHING


def _span(values: list[float], unit: str) -> str:
    if not values:
        return "no data"
    low, high = amount(min(values), unit), amount(max(values), unit)
    number, _, name = low.partition("\u00a0")
    if low == high:
        return low
    return f"{number if name and high.endswith(name) else low} to {high}"


def _silence(points: Points) -> str:
    """How long there was nothing to draw."""
    gaps = [later[0][0] - earlier[-1][0] for earlier, later in pairwise(_stretches(points))]
    return f", nothing for {max(gaps):.0f}\u00a0s" if gaps else ""


def _last(values: list[float], unit: str) -> str:
    return amount(values[-1], unit) if values else NOTHING
