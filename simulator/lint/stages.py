"""The stages of a budget as people read them: names, seconds, and one line drawn to scale."""

from collections.abc import Sequence

from simulator.plan.latency import Part, total

WIDTH = 60
"""Characters of the line."""
_LOOKS = {
    "scrape": "█",
    "evaluation": "▓",
    "recording": "█",
    "window": "▒",
    "hold": "░",
    "group wait": "█",
    "peers": "▓",
    "notification": "▒",
}
"""Of each stage, another than that of its neighbours."""
_PROMISED = "┃"


def seconds(value: float) -> str:
    """`4 s`, `2.5 s`, `0.15 s`: no digit more than there is something to say."""
    return f"{round(value, 2):g} s"


def spent(parts: Sequence[Part]) -> list[Part]:
    """The stages that take any time."""
    return [part for part in parts if part.seconds > 0]


def in_words(parts: Sequence[Part]) -> str:
    """`scrape 3 s, window 15 s`."""
    return (
        ", ".join(f"{part.name} {seconds(part.seconds)}" for part in spent(parts))
        or "no stage takes any time"
    )


def line(parts: Sequence[Part], within: float | None) -> str:
    """The stages side by side, to the scale of the longer of all of them and what is promised, which is marked."""
    whole = max(total(tuple(parts)), within or 0.0) or 1.0
    drawn, at = "", 0.0
    for part in spent(parts):
        at += part.seconds
        drawn += _LOOKS[part.name] * (round(at / whole * WIDTH) - len(drawn))
    if within is None:
        return drawn
    mark = round(within / whole * WIDTH)
    drawn = drawn.ljust(max(mark, len(drawn)))
    return f"{drawn[:mark]}{_PROMISED}{drawn[mark:]}"
