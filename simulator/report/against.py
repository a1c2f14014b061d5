"""A run against the last ones of its kind, in words."""

import itertools
import math
from collections.abc import Iterator

from simulator.history.earlier import Against, against, farthest, other_rule
from simulator.judge.verdict import RunVerdict
from simulator.report.words import count, seconds

SHOWN = 3
"""Alerts that are named though their difference may be chance."""


def heading(verdict: RunVerdict) -> str:
    """What it is held against; empty: there was nothing."""
    if verdict.earlier is None or not verdict.earlier.runs:
        return ""
    return f"Against {_runs(verdict)} of {verdict.game_day} on {verdict.environment}"


def lines(verdict: RunVerdict) -> list[str]:
    """What got slower or faster for real, then what differs most; and whose rule was another one."""
    return list(_lines(verdict)) if heading(verdict) else []


def _lines(verdict: RunVerdict) -> Iterator[str]:
    compared = against(verdict)
    real = [one for one in farthest(compared) if one.is_real]
    for one in real:
        yield f"{_said(one)}, which is real: by chance with a probability of {one.chance:.2g}"
    if any(one.chance is not None for one in compared) and not real:
        yield "Nothing got slower or faster beyond chance."
    if compared and all(one.chance is None for one in compared):
        yield "Too few runs to tell a difference from chance."
    yield from (
        _said(one) for one in itertools.islice(farthest([one for one in compared if not one.is_real]), SHOWN)
    )
    changed = other_rule(verdict)
    if changed:
        yield f"Not held against them, as the rule is another one now: {', '.join(changed)}"


def _said(one: Against) -> str:
    before = f"the median of {one.times} was" if one.times > 1 else "it was"
    then = f"{before} {_took(one.before)}{'' if one.times > 1 else ' then'}"
    if math.isinf(one.now):
        return f"{one.alert} in {one.experiment} did not come; {then}"
    if math.isinf(one.before):
        return f"{one.alert} in {one.experiment} came after {seconds(one.now)}; {then}"
    shift = one.now - one.before
    way = "slower" if shift > 0 else "faster"
    return f"{one.alert} in {one.experiment} took {seconds(one.now)}, {seconds(abs(shift))} {way}; {then}"


def _took(latency: float) -> str:
    return "never" if math.isinf(latency) else seconds(latency)


def _runs(verdict: RunVerdict) -> str:
    number = len(verdict.earlier.runs) if verdict.earlier else 0
    return "the last run" if number == 1 else f"the last {count(number, 'run')}"
