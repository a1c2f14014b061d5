"""The picture of an experiment: one row per fault, alert and panel, every mark on one time axis."""

from dataclasses import dataclass

from markupsafe import Markup

from simulator.report.moments import Lane, Moment, Shape, Story
from simulator.report.svg import Scale, element, flag_levels, label, line, path, text_width, ticks, wrapped
from simulator.report.words import MINUS

NAME, SMALL = 13.0, 12.0
"""Font sizes, in units of the picture."""
LEVEL = 15.0
"""From one label's baseline to the next below it."""
TOP, AXIS = 34.0, 40.0
"""Room above the lanes for the limit's name, and below them for the axis."""
INDENT = 10.0
"""From a mark to its label."""
AWAITED: tuple[Shape, ...] = ("notified", "moved", "nothing")
"""What the waiting was for: these are shown in the lane too."""
BREAK = 16.0
"""Between the two parts of the time axis."""
WORDS: dict[Shape, str] = {
    "effective": "bites", "undo": "undo asked", "healed": "back by itself", "quiet": "all quiet", "nothing": "nothing by",
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """The picture's measures: whole width, where lanes begin and end; no gutter puts names above their lanes."""

    width: float
    left: float
    right: float

    @property
    def gutter(self) -> float:
        """Room for names on the left; 0 when they stand above."""
        return self.left - 20.0 if self.left > 100 else 0.0  # noqa: PLR2004  # narrower holds no name


WIDE = Frame(width=1080.0, left=230.0, right=968.0)
NARROW = Frame(width=360.0, left=6.0, right=248.0)


@dataclass(frozen=True)
class TimeAxis:
    """Seconds to x, in one part or in two: up to the page at full size, the recovery after it compressed."""

    parts: tuple[Scale, ...]

    def at(self, second: float) -> float:
        """The x of a second."""
        for part in self.parts:
            if second <= part.high:
                return part.at(second)
        return self.parts[-1].end


def time_axis(story: Story, frame: Frame) -> TimeAxis:
    """Two parts where the recovery is long enough to squeeze the detection."""
    last_page = max(
        [
            story.limit,
            *(moment.at for lane in story.lanes for moment in lane.moments if moment.shape == "notified"),
        ]
    )
    begin, turn = min(-0.5, story.begin - 0.5), last_page + 4.0
    if story.end <= turn * 1.25:
        return TimeAxis((Scale(begin, max(story.end, last_page) + 1.0, frame.left, frame.right),))
    middle = frame.left + 0.68 * (frame.right - frame.left)
    return TimeAxis(
        (Scale(begin, turn, frame.left, middle), Scale(turn, story.end + 1.0, middle + BREAK, frame.right))
    )


def timeline(story: Story, frame: Frame, title: str, identity: str) -> Markup:
    """The whole picture. `identity` makes its ids unique on the page."""
    axis = time_axis(story, frame)
    rows: list[Markup] = []
    y = TOP
    for lane in story.lanes:
        row, height = _lane(lane, axis, frame, y)
        rows.append(row)
        y += height
    bottom = y + 4.0
    return element(
        "svg",
        element("title", title, id=f"{identity}-title"),
        element("desc", _described(story), id=f"{identity}-desc"),
        _hatch(identity),
        *_bands(story, axis, bottom, identity),
        _grid(axis, bottom, story.since),
        *_limit(story, axis, bottom),
        *rows,
        class_="timeline",
        viewBox=f"0 0 {frame.width:g} {bottom + AXIS:.0f}",
        role="img",
        aria_labelledby=f"{identity}-title {identity}-desc",
    )


def _described(story: Story) -> str:
    """The picture in words, for those who do not see it."""
    return " ".join(
        f"{lane.name} ({lane.note}): {', '.join(_said(moment) for moment in lane.moments) or 'nothing happened'}."
        for lane in story.lanes
    )


def _said(moment: Moment) -> str:
    until = f" to {moment.at + moment.uncertainty:.1f}" if moment.shape == "effective" else ""
    return f"{WORDS.get(moment.shape, moment.shape)} {moment.at:.1f}{until}".replace("-", MINUS)


def _hatch(identity: str) -> Markup:
    """Where the fault may or may not have been biting yet."""
    return element(
        "defs",
        element(
            "pattern",
            line((0, 0), (0, 4), "hatch"),
            id=f"{identity}-hatch",
            width=4,
            height=4,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    )


def _bands(story: Story, axis: TimeAxis, bottom: float, identity: str) -> list[Markup]:
    drawn: list[Markup] = []
    for band in story.bands:
        for part in axis.parts:
            x, end = part.at(band.begin), part.at(band.end)
            if end > x:
                drawn.append(
                    element("rect", x=x, y=TOP - 8, width=end - x, height=bottom - TOP + 8, class_="band")
                )
        x, sure = axis.at(band.begin), axis.at(band.sure_from)
        drawn.append(
            element(
                "rect",
                x=x,
                y=TOP - 8,
                width=sure - x,
                height=bottom - TOP + 8,
                fill=f"url(#{identity}-hatch)",
            )
        )
    return drawn


def _grid(axis: TimeAxis, bottom: float, since: str) -> Markup:
    drawn: list[Markup] = []
    for part in axis.parts:
        room = part.end - part.start
        drawn.append(line((part.start, bottom), (part.end, bottom), "axis"))
        for tick in ticks(part.low, part.high, max(2, int(room / 50))):
            x = part.at(tick)
            drawn.append(line((x, TOP - 8), (x, bottom), "grid"))
            drawn.append(
                label(f"{tick:g}".replace("-", MINUS), x, bottom + 17, class_="tick", text_anchor="middle")
            )
    drawn.append(label(f"seconds since {since}", axis.parts[0].start, bottom + 34, class_="tick"))
    if len(axis.parts) > 1:
        drawn.append(label("recovery, compressed", axis.parts[1].start, bottom + 34, class_="tick"))
    return element("g", *drawn)


def _limit(story: Story, axis: TimeAxis, bottom: float) -> list[Markup]:
    if not story.limit:
        return []
    x = axis.at(story.limit)
    return [
        line((x, TOP - 12), (x, bottom), "limit"),
        label(f"{story.limit:g} s limit", x, TOP - 18, class_="limit-name", text_anchor="middle"),
    ]


def _lane(lane: Lane, axis: TimeAxis, frame: Frame, y: float) -> tuple[Markup, float]:
    """The row and its height."""
    names = wrapped(lane.name, NAME, frame.gutter or frame.right - frame.left)
    notes = wrapped(lane.note, SMALL, frame.gutter or frame.right - frame.left) if lane.note else []
    said = [
        *(label(text, 0.0, y + 14 + index * 16, class_="name") for index, text in enumerate(names)),
        *(
            label(text, 0.0, y + 14 + (len(names) + index) * 16, class_="note")
            for index, text in enumerate(notes)
        ),
    ]
    above = 0.0 if frame.gutter else 16.0 * len(said) + 4.0
    middle = y + above + 12.0
    flags, depth = _flags(lane, axis, middle)
    height = max(above + 12.0 + depth + 16.0, 16.0 * len(said) + 14.0)
    drawn = [*(line((part.start, middle), (part.end, middle), "lane") for part in axis.parts)]
    drawn += _reach(lane, axis, middle)
    return element("g", *drawn, *flags, *said, class_=f"{lane.kind} {lane.outcome}"), height


def _reach(lane: Lane, axis: TimeAxis, y: float) -> list[Markup]:
    """The time it took, as a thick line."""
    if lane.reached is None or lane.reached <= 0:
        return []
    return [
        line((part.at(0.0), y), (part.at(lane.reached), y), "reach")
        for part in axis.parts
        if part.at(lane.reached) > part.at(0.0)
    ]


def _flags(lane: Lane, axis: TimeAxis, y: float) -> tuple[list[Markup], float]:
    """Marks and their labels, and how far below the lane the last label hangs.

    Each mark is a dot in the lane and its shape at the foot of a leader, so that marks in one place stay apart.
    """
    places = [axis.at(moment.at) for moment in lane.moments]
    texts = [_said(moment) for moment in lane.moments]
    levels = flag_levels(
        [(x, x + INDENT + 8 + text_width(text, SMALL)) for x, text in zip(places, texts, strict=True)]
    )
    drawn: list[Markup] = []
    for moment, x, text, level in zip(lane.moments, places, texts, levels, strict=True):
        foot = y + 22.0 + level * LEVEL
        drawn.append(line((x, y), (x, foot - 4), "leader"))
        drawn.append(element("circle", cx=x, cy=y, r=2.5, class_="dot"))
        drawn.append(_mark(moment.shape, x, foot - 4))
        drawn.append(label(text, x + INDENT, foot, class_=f"flag {moment.shape}"))
        drawn += _doubt(moment, axis, y)
    drawn += [
        _mark(moment.shape, x, y)
        for moment, x in zip(lane.moments, places, strict=True)
        if moment.shape in AWAITED
    ]
    return drawn, 22.0 + max(levels, default=-1) * LEVEL if levels else 4.0


def _doubt(moment: Moment, axis: TimeAxis, y: float) -> list[Markup]:
    """The uncertainty as a whisker, where it is wide enough to see."""
    low, high = axis.at(moment.at - moment.uncertainty), axis.at(moment.at + moment.uncertainty)
    return [line((low, y), (high, y), "doubt")] if high - low > 6 and moment.shape != "effective" else []  # noqa: PLR2004  # the dot's own width


def _mark(shape: Shape, x: float, y: float) -> Markup:
    """Shapes that differ without colour; an open one is a step, a full one is what was waited for."""
    class_ = f"mark {shape}"
    if shape in ("true", "notified", "healed", "quiet"):
        return element("circle", cx=x, cy=y, r=6.0 if shape == "notified" else 4.0, class_=class_)
    corners: dict[str, tuple[tuple[float, float], ...]] = {
        "pending": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        "firing": ((0, -6), (5.5, 4.5), (-5.5, 4.5)),
        "accepted": ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)),
        "resolved": ((0, 6), (5.5, -4.5), (-5.5, -4.5)),
        "gone": ((0, 6), (5.5, -4.5), (-5.5, -4.5)),
        "moved": ((-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)),
        "back": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    }
    if shape in corners:
        return path([(x + dx, y + dy) for dx, dy in corners[shape]], class_, closed=True)
    if shape == "nothing":
        return element(
            "g",
            line((x - 5, y - 5), (x + 5, y + 5), class_),
            line((x - 5, y + 5), (x + 5, y - 5), class_),
        )
    return line((x, y - 6), (x, y + 6), class_)
