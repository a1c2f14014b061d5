"""Raw samples as evidence: when exactly an alert fired, and when its expression became true.

Range selectors give samples as they were stored, at their own times; step-aligned queries would round.
"""

import json
import math
import operator
from collections.abc import Callable

import promql_parser

from simulator.doors import Doors
from simulator.errors import DoorError
from simulator.journal.facts import Evidence, ExperimentStarted, FaultRequested, Note, RuleSeen
from simulator.journal.file import Journal
from simulator.plan.models import AlertExpectation, Experiment

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
    rules = {fact.alert: fact for fact in journal.facts if isinstance(fact, RuleSeen)}
    span = math.ceil(doors.clock.elapsed() - since)
    for wanted in experiment.must:
        try:
            await _firing(doors, journal, wanted, span)
            rule = rules.get(wanted.alert)
            if rule is not None and rule.loaded:
                await _true(doors, journal, rule, span)
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


async def _firing(doors: Doors, journal: Journal, wanted: AlertExpectation, span: int) -> None:
    labels = {"alertname": wanted.alert, "alertstate": "firing", **wanted.labels}
    query = f"ALERTS{{{','.join(f'{name}={json.dumps(value)}' for name, value in labels.items())}}}[{span}s]"
    times = [when for series in await doors.prometheus.query(query) for when, _ in series.samples]
    journal.write(Evidence(mark="firing", alert=wanted.alert, query=query, epoch=min(times, default=None)))


async def _true(doors: Doors, journal: Journal, rule: RuleSeen, span: int) -> None:
    """Only for a bare comparison of one selector with a number: anything else has no samples of its own."""
    expression = promql_parser.parse(rule.expr)
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
        for when, value in series.samples
        if holds(value, limit.val)
    ]
    journal.write(Evidence(mark="true", alert=rule.alert, query=query, epoch=min(times, default=None)))
