"""The smallest change with which an alert keeps its promise at worst: the cheapest setting first."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from simulator.plan.durations import written
from simulator.plan.latency import Timing, total

SHORTEST = 1.0
"""Seconds: nobody scrapes or evaluates more often."""
FEWEST_SCRAPES = 3
"""That a window has to hold: with two, one lost scrape leaves it without a rate."""


@dataclass(frozen=True)
class Change:
    """One setting, and what it is to be."""

    setting: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.before} → {self.after}"


@dataclass(frozen=True)
class _Knob:
    setting: str
    now: Callable[[Timing], float]
    least: Callable[[Timing], float]
    set: Callable[[Timing, float], Timing]


def _hold_of(timing: Timing, seconds: float) -> Timing:
    """A hold in whole evaluations, as it is counted anyway."""
    step = timing.evaluation or 1.0
    return replace(timing, hold=math.floor(seconds / step) * step)


_KNOBS = (
    _Knob("group_wait", lambda t: t.group_wait, lambda _: 0.0, lambda t, s: replace(t, group_wait=s)),
    _Knob("for", lambda t: t.hold, lambda _: 0.0, _hold_of),
    _Knob(
        "the group's interval",
        lambda t: t.evaluation,
        lambda _: SHORTEST,
        lambda t, s: replace(t, evaluation=s),
    ),
    _Knob(
        "the window",
        lambda t: t.window,
        lambda t: min(t.window, FEWEST_SCRAPES * t.scrape),
        lambda t, s: replace(t, window=s, empties=min(t.empties, s)),
    ),
    _Knob(
        "scrape_interval",
        lambda t: t.scrape,
        lambda _: SHORTEST,
        lambda t, s: replace(t, scrape=s, timeout=min(t.timeout, s)),
    ),
)
"""The cheapest first: a wait costs a notification or two, a hold false pages, an interval storage on every rule or target."""
_ALONE = "group_by"


def smallest_change(timing: Timing, within: float) -> tuple[Change, ...] | None:
    """What to set so that the worst case is within so many seconds; None: no setting is enough, nothing: it is already.

    One setting alone where one is enough, the cheapest of those; else the cheapest together.
    """
    if total(timing.worst) <= within:
        return ()
    alone = [changed for changed, timing_ in _single(timing, within) if total(timing_.worst) <= within]
    if alone:
        return alone[0]
    left, done = timing, list[Change]()
    for step in (_ungroup, *(_turn(knob) for knob in _KNOBS)):
        changes, left = step(left, within)
        done += changes
        if total(left.worst) <= within:
            return tuple(done)
    return None


_Step = Callable[[Timing, float], tuple[list[Change], Timing]]


def _single(timing: Timing, within: float) -> Iterator[tuple[tuple[Change, ...], Timing]]:
    for step in (_turn(_KNOBS[0]), _ungroup, *(_turn(knob) for knob in _KNOBS[1:])):
        changes, changed = step(timing, within)
        if changes:
            yield tuple(changes), changed


def _ungroup(timing: Timing, within: float) -> tuple[list[Change], Timing]:  # noqa: ARG001  as every step
    """Each alert a group of its own: none waits for the turn of another."""
    if timing.grouped <= timing.group_wait:
        return [], timing
    waits = f"a wait of {written(timing.group_interval)}"
    return [Change(_ALONE, waits, "['...']")], replace(timing, joins=False)


def _turn(knob: _Knob) -> _Step:
    """Turn a setting down by as much as is missing, and no further than it goes."""

    def step(timing: Timing, within: float) -> tuple[list[Change], Timing]:
        now, least = knob.now(timing), knob.least(timing)
        missing = total(timing.worst) - within
        if missing <= 0 or now <= least:
            return [], timing
        wanted = max(least, now - missing)
        rounded = math.floor(wanted) if wanted >= max(1.0, least + 1.0) else wanted
        changed = knob.set(timing, max(least, rounded))
        if total(changed.worst) > within > total(knob.set(timing, least).worst):
            changed = knob.set(timing, least)  # a timeout or a rounding went with it
        after = knob.now(changed)
        return [Change(knob.setting, written(now), written(after))] if after < now else [], changed

    return step
