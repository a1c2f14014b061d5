"""Expressions that cannot say what they are meant to say."""

import re
from collections.abc import Iterator

import promql_parser
from promql_parser import BinaryExpr, Expr, LabelModifierType

from simulator.lint.budget import jobs_of
from simulator.lint.carried import Carried, carried
from simulator.lint.estate import Estate
from simulator.lint.files.rules import Rule
from simulator.lint.finding import Found, check
from simulator.lint.noticing import misses
from simulator.lint.syntax import (
    COMPARISONS,
    RATES,
    Selector,
    calls,
    is_scalar,
    number,
    selectors,
    walk,
)
from simulator.plan.durations import written

_SCRAPES = 2
"""That a window has to hold: of one sample there is no rate."""
_PER = {
    "hour": (3600.0, re.compile(r"per hour\b|/\s?h(?:our)?\b|\bhourly\b", re.IGNORECASE)),
    "minute": (60.0, re.compile(r"per minute\b|/\s?min(?:ute)?\b", re.IGNORECASE)),
}


def _rules_text(rule: Rule) -> str:
    return " ".join(
        text for name, text in rule.annotations.items() if name in ("summary", "description", "message")
    )


@check(
    "rule/ratio-unsummed",
    "error",
    why="Each series is divided by itself or by nothing, so the share is always 100 % or never there.",
    needs="rules",
)
def ratio_unsummed(estate: Estate) -> Iterator[Found]:
    """A share whose upper side is a part of the lower one by a label that both sides keep; or one side summed, the other not."""
    for rule in estate.rules:
        for node in walk(rule.tree):
            if isinstance(node, BinaryExpr) and str(node.op) == "/":
                what = _unsummed(estate, node)
                if what:
                    yield Found(
                        rule.place,
                        rule.name,
                        f"{rule.name} divides series by series: {what}",
                        "sum both sides by the labels that the share is about: sum by (job) (...) / sum by (job) (...)",
                    )
                    break


def _unsummed(estate: Estate, node: BinaryExpr) -> str:
    """What is wrong with a division; empty where nothing is."""
    upper, lower = list(selectors(node.lhs)), list(selectors(node.rhs))
    if len(upper) != 1 or len(lower) != 1 or is_scalar(node.lhs) or is_scalar(node.rhs):
        return ""
    part, whole = upper[0], lower[0]
    if part.name and part.name == whole.name:
        narrowed = [one.name for one in part.matchers if not whole.asks_for(one.name)]
        kept = [label for label in narrowed if _compares(node, label)]
        if kept and (part.function, part.offset) == (whole.function, whole.offset):
            return f"both sides keep the label {kept[0]}, by which the upper one is a part of the lower"
    sides = [(node.lhs, part), (node.rhs, whole)]
    summed = [carried(side).only == frozenset() for side, _ in sides]
    if summed[0] == summed[1] or (node.modifier is not None and node.modifier.matching is not None):
        return ""
    other, selector = sides[summed.index(False)]
    # What is recorded, by the colon in its name or by a rule of this estate, may have no labels either.
    scraped = bool(selector.name) and ":" not in selector.name and selector.name not in estate.recordings
    raw = scraped and carried(other).only is None
    return "one side is summed and has no labels left, the other has all of its own" if raw else ""


def _compares(node: BinaryExpr, label: str) -> bool:
    """Whether both sides have the label, and it has to be the same on both."""
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is not None and (label in matching.labels) != (matching.type == LabelModifierType.Include):
        return False
    sides: list[Carried] = [carried(node.lhs), carried(node.rhs)]
    return all(side.may_have(label) for side in sides)


@check(
    "rule/quantile-without-le",
    "warn",
    why="A quantile is read from the buckets' label le, and without it there is no value.",
    needs="rules",
)
def quantile_without_le(estate: Estate) -> Iterator[Found]:
    """histogram_quantile over buckets whose label le was summed away."""
    for rule in estate.rules:
        for call in calls(rule.tree, "histogram_quantile"):
            buckets = [one for one in selectors(call.args[1]) if one.name.endswith("_bucket")]
            if buckets and not carried(call.args[1]).may_have("le"):
                yield Found(
                    rule.place,
                    rule.name,
                    f"{rule.name} takes a quantile of {buckets[0].name}, whose label le is summed away",
                    "keep it: sum by (le) (...)",
                )
                break


@check(
    "rule/per-second-as-hour",
    "warn",
    why="rate() counts per second, so a limit that is meant per hour or per minute is 3600 or 60 times too high.",
    needs="rules",
    heuristic=True,
)
def per_second_as_hour(estate: Estate) -> Iterator[Found]:
    """A bare rate compared with a number, in a rule whose texts speak of hours or minutes."""
    for rule in estate.alerts:
        limit = _bare_rate_limit(rule.tree)
        said = next((unit for unit, (_, word) in _PER.items() if word.search(_rules_text(rule))), None)
        if limit is not None and said is not None:
            factor = _PER[said][0]
            yield Found(
                rule.place,
                rule.name,
                f"{rule.name} compares a rate per second with {limit:g}, and its text speaks of one per {said}",
                f"multiply the rate by {factor:g}, or compare it with {limit / factor:.3g}",
            )


def _bare_rate_limit(tree: Expr) -> float | None:
    """The number with which a rate is compared that nothing was multiplied with; None where there is no such comparison."""
    for node in walk(tree):
        if isinstance(node, BinaryExpr) and str(node.op) in COMPARISONS:
            limit, compared = number(node.rhs), list(walk(node.lhs))
            rated = any(
                isinstance(one, promql_parser.Call) and one.func.name in ("rate", "irate") for one in compared
            )
            reckoned = any(isinstance(one, BinaryExpr) for one in compared)
            if limit and rated and not reckoned and not list(calls(node.lhs, "histogram_quantile")):
                return limit
    return None


@check(
    "rule/window-under-two-scrapes",
    "error",
    why="A rate needs two samples, and a window that is shorter than two scrapes may hold one: then there is no value.",
    needs="rules, Prometheus",
)
def window_under_two_scrapes(estate: Estate) -> Iterator[Found]:
    """A window of a rate that is shorter than two intervals of the job that is read; of every job, where none is named."""
    for rule in estate.rules:
        for selector in selectors(rule.tree):
            if selector.function not in RATES or not selector.window:
                continue
            interval, whose = _least_interval(estate, selector)
            if selector.window < _SCRAPES * interval:
                yield Found(
                    rule.place,
                    rule.name,
                    f"{rule.name} looks back {written(selector.window)}, and {whose} only every {written(interval)}",
                    f"look back {written(3 * interval)} or more: with two, one lost scrape leaves no value",
                )
                break


def _least_interval(estate: Estate, selector: Selector) -> tuple[float, str]:
    """Seconds between two samples of the quickest that a selector may mean, and who takes them; 0 where nobody knows."""
    recorded = estate.recordings.get(selector.name, ())
    if recorded:
        return min(estate.interval(one) for one in recorded), f"{selector.name} is recorded"
    if estate.prometheus is None:
        return 0.0, ""
    named = jobs_of(estate, selector)
    jobs = named or estate.prometheus.jobs
    if not jobs:
        return 0.0, ""
    job = min(jobs, key=lambda one: one.interval)
    return job.interval, f"job {job.name} is scraped" if named else "every job is scraped"


@check(
    "rule/absent-blind",
    "warn",
    why="When the series ends, the comparison has nothing to compare: the alert stays quiet just when something is gone.",
    needs="rules",
    heuristic=True,
)
def absent_blind(estate: Estate) -> Iterator[Found]:
    """An alert on series of a job for which no alert looks at `up`, `absent` or the like."""
    if not estate.knows_all_rules:
        return
    watched = [one for rule in estate.alerts for one in misses(rule)]
    for rule in estate.alerts:
        if any(True for _ in misses(rule)):
            continue
        for selector in selectors(rule.tree):
            job = selector.values.get("job", "")
            if job and selector.name != "up" and not any(_covers(one, selector, job) for one in watched):
                yield Found(
                    rule.place,
                    rule.name,
                    f"{rule.name} reads {selector.name or 'series'} of the job {job}, and no alert says when they are gone",
                    f'add an alert on up{{job="{job}"}} == 0, and one on absent(up{{job="{job}"}})',
                    cause=f"nothing says when job {job} is gone",
                )
                break


def _covers(watched: Selector, selector: Selector, job: str) -> bool:
    return watched.fits("job", job) and watched.name in ("up", selector.name)
