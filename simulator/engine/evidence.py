"""Raw samples as evidence: when exactly an alert fired, and when its expression became true.

Range selectors give samples as they were stored, at their own times; step-aligned queries would round.
"""

import math
import operator
from collections.abc import Callable
from typing import Literal

import promql_parser

from simulator.base.errors import DoorError
from simulator.base.promql import parsed
from simulator.doors import Doors
from simulator.doors.prometheus import Series
from simulator.journal.facts import Evidence, ExperimentStarted, FaultRequested, Note, RuleSeen
from simulator.journal.file import Journal
from simulator.judge.case import loaded
from simulator.plan.identity import Identity
from simulator.plan.models import Experiment

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


async def gather(doors: Doors, journal: Journal, experiment: Experiment) -> None:
    """Write down the first raw sample of each mark, for every alert that must fire."""
    since = requested_at(journal, experiment)
    if since is None:
        return
    rules = [fact for fact in journal.facts if isinstance(fact, RuleSeen)]
    known = loaded(journal.facts)
    span = math.ceil(doors.clock.elapsed() - since)
    for wanted in experiment.must:
        try:
            which = experiment.identity(wanted, known)
            await _firing(doors, journal, which, span)
            for rule in rules:
                if rule.loaded and which.agrees(rule.identity):
                    await _true(doors, journal, rule, which, span)
        except DoorError as error:
            journal.write(Note(text=f"no raw samples for {wanted.alert}: {error}"))


def requested_at(journal: Journal, experiment: Experiment) -> float | None:
    """When the first fault of the experiment's latest round was requested; what fired before is another round's."""
    first = None
    for fact in reversed(journal.facts):
        if fact.experiment != experiment.name:
            continue
        if isinstance(fact, ExperimentStarted):
            break
        if isinstance(fact, FaultRequested):
            first = fact.at
    return first


async def _firing(doors: Doors, journal: Journal, which: Identity, span: int) -> None:
    query = doors.prometheus.while_firing(which.alert, dict(which.labels), span)
    times = [when for series in await doors.prometheus.query(query) for when, _ in series.samples]
    _write(journal, "firing", which, query, times)


def _write(
    journal: Journal, mark: Literal["true", "firing"], which: Identity, query: str, times: list[float]
) -> None:
    labels = dict(which.labels)
    epoch = min(times, default=None)
    journal.write(Evidence(mark=mark, alert=which.alert, labels=labels, query=query, epoch=epoch))


async def _true(doors: Doors, journal: Journal, rule: RuleSeen, which: Identity, span: int) -> None:
    """Only for a bare comparison of one selector with a number: anything else has no samples of its own."""
    try:
        expression = parsed(rule.expr)
    except ValueError:  # newer PromQL than we can read
        return
    if not isinstance(expression, promql_parser.BinaryExpr) or str(expression.op) not in _HOLDS:
        return
    selector, limit = expression.lhs, expression.rhs
    if not isinstance(selector, promql_parser.VectorSelector) or not isinstance(
        limit, promql_parser.NumberLiteral
    ):
        return
    holds = _HOLDS[str(expression.op)]
    query = f"{selector.prettify().strip()}[{span}s]"
    times = [
        when
        for series in await doors.prometheus.query(query)
        if _is_about(series, rule, which)
        for when, value in series.samples
        if holds(value, limit.val)
    ]
    _write(journal, "true", which, query, times)


def _is_about(series: Series, rule: RuleSeen, which: Identity) -> bool:
    """Whether the alert of a series can be the one meant; the labels that the rule sets are not the series' own."""
    return all(
        series.labels.get(name, value) == value for name, value in which.labels if name not in rule.labels
    )
