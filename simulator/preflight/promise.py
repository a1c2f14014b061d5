"""Whether the promise is possible at all: the latency that follows from rules and routing, before any fault.

By the arithmetic of `simulator/plan/latency.py`, of which one interval for all, the window, the hold and the group's wait are
known here.
"""

from collections import defaultdict

from simulator.base.values import seconds
from simulator.journal.facts import RuleSeen
from simulator.journal.loaded import ElsewhereTimes, Stage
from simulator.plan.latency import Timing
from simulator.plan.promql import delay
from simulator.preflight.loaded import Alerting
from simulator.preflight.routing import Routes

_NAMES = {"scrape": "scrape and evaluate", "evaluation": "scrape and evaluate"}
"""What the journal calls the stages that it does not tell apart."""
_STAGES = ("scrape and evaluate", "window", "hold", "group wait")


def predict(alert: Alerting, routes: Routes, interval: float) -> RuleSeen:
    """The rule as loaded, with its best and worst case in seconds: of its quickest instance, and of its slowest."""
    rule = alert.rule
    waits = [routes.waits(one.labels, all_known=one.all_known) for one in alert.instances]
    timing = Timing(
        scrape=interval,
        evaluation=interval,
        window=delay(rule.expr, rule.annotations),
        hold=rule.hold,
        group_wait=max(worst for _, worst in waits),
    )
    return RuleSeen(
        alert=rule.alert,
        loaded=True,
        health=rule.health,
        severity=rule.fixed_labels.get("severity", ""),
        labels=rule.fixed_labels,
        expr=rule.expr,
        at_least=rule.hold + min(least for least, _ in waits),
        production=elsewhere(rule.annotations.get("production", "")),
        stages=_stages(timing),
    )


def _stages(timing: Timing) -> tuple[Stage, ...]:
    taken: dict[str, float] = defaultdict(float)
    for part in timing.worst:
        taken[_NAMES.get(part.name, part.name)] += part.seconds
    return tuple(Stage(name=name, seconds=taken[name]) for name in _STAGES)


def elsewhere(text: str) -> ElsewhereTimes | None:
    """The annotation `production`, as in `interval=15s window=300s hold=120s group_wait=10s`; None if it is none."""
    parts = dict(part.split("=", 1) for part in text.split() if "=" in part)
    try:
        return ElsewhereTimes.model_validate({name: seconds(value) for name, value in parts.items()})
    except ValueError:
        return None
