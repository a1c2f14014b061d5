"""The little SVG the report needs: safe elements, scales with round ticks, and labels that never overprint."""

import math
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from simulator.report.words import plain

GLYPH = 0.6
"""Mean width of a character, in font sizes: system sans-serif, mixed case and digits, rounded up."""


def element(tag: str, *children: str, **attributes: str | float) -> Markup:
    """One element. Everything that is not Markup already is escaped; `stroke_width` is written `stroke-width`."""
    written = Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _attribute(value))
        for name, value in attributes.items()
    )
    inside = Markup("").join(child if isinstance(child, Markup) else plain(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), written, inside)  # noqa: S704  # tags are our own words


def label(content: str, x: float, y: float, **attributes: str | float) -> Markup:
    """A line of text whose baseline begins (or, by text_anchor, ends) at x, y."""
    return element("text", content, x=x, y=y, **attributes)


def line(start: tuple[float, float], end: tuple[float, float], class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str, *, closed: bool = False) -> Markup:
    """A polyline through the points."""
    steps = " L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("path", d=f"M{steps}{'Z' if closed else ''}", class_=class_)


@dataclass(frozen=True)
class Scale:
    """From values low..high to places start..end."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where the value stands; values outside stand at the nearer edge."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


def ticks(low: float, high: float, about: int, steps: Sequence[float] = (1, 2, 5, 10)) -> list[float]:
    """Round values within low..high, around `about` of them; `steps` are the round ones of a decade."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low] if math.isfinite(low) else []
    decade = 10.0 ** math.floor(math.log10(span / max(1, about)))
    step = next(
        (step * decade for step in steps if step * decade >= span / max(1, about)), steps[-1] * decade
    )
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def text_width(text: str, size: float) -> float:
    """An upper estimate of how wide the text is set at this font size."""
    return size * sum(1.0 if unicodedata.east_asian_width(char) in "WF" else GLYPH for char in text)


def wrapped(text: str, size: float, width: float) -> list[str]:
    """The text in lines no wider than `width`; a word that is too long is broken, never cut."""
    return textwrap.wrap(plain(text), max(4, int(width / (size * GLYPH))), break_on_hyphens=False) or [""]


def flag_levels(spans: Sequence[tuple[float, float]]) -> list[int]:
    """On which level, counted downwards from 0, each label hangs so that nothing is crossed.

    A span is (x of the mark, right end of its label); the label starts at its mark, whose leader comes down
    from above. From right to left: a label hangs below every leader and label that it would run into.
    """
    levels = [0] * len(spans)
    order = sorted(range(len(spans)), key=lambda index: spans[index][0])
    for place in reversed(range(len(order))):
        begin, end = spans[order[place]]
        crossed = [levels[other] for other in order[place + 1 :] if begin <= spans[other][0] <= end]
        levels[order[place]] = max(crossed, default=-1) + 1
    return levels


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Tops for boxes of these heights, near their wanted tops, in order, none over another, within low..high.

    Where they cannot all fit, they run past `high` rather than overlap.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    tops = [0.0] * len(wanted)
    floor = low
    for index in order:
        tops[index] = max(floor, wanted[index])
        floor = tops[index] + heights[index]
    ceiling = max(high, low + sum(heights))
    for index in reversed(order):
        tops[index] = min(tops[index], ceiling - heights[index])
        ceiling = tops[index]
    return tops


def _attribute(value: str | float) -> str:
    """Numbers to a tenth of a pixel: enough for the eye, and the same bytes everywhere."""
    return plain(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
