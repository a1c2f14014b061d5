"""An alert that cannot see anything is found before its fault is injected; against the real stack's Prometheus."""

from collections.abc import AsyncIterator, Iterator

import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.doors.prometheus import Prometheus
from simulator.engine.sight import uncounted, unseen
from simulator.erpgo.files import RULES
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.erpgo.system import ERPGO
from simulator.journal.facts import RuleSeen
from simulator.plan.policy import TODAY
from simulator.plan.rules import read_rules

pytestmark = pytest.mark.stack

INTERVAL = 2.0
NOT_HERE = ("GrafanaDown", "LokiDown", "PromtailDown", "SimulatorCanary")
"""Alerts on what only containers have, or only a run."""


@pytest.fixture
async def prometheus(stack: StackInfo) -> AsyncIterator[Prometheus]:
    door = Prometheus(stack.url("prometheus"))
    yield door
    await door.close()


def seen(alert: str, expr: str) -> RuleSeen:
    return RuleSeen(alert=alert, loaded=True, expr=expr)


def shipped() -> Iterator[RuleSeen]:
    """Every rule that needs no history, as loaded."""
    for rule in read_rules(RULES):
        if rule.alert not in NOT_HERE and "band:" not in rule.expr:
            yield seen(rule.alert, rule.expr)


async def test_every_rule_sees_something_on_a_stack_that_runs(prometheus: Prometheus) -> None:
    clock = RunClock(SystemClock())
    trouble = ""

    async def look() -> bool | None:
        nonlocal trouble
        trouble = await unseen(shipped(), prometheus, INTERVAL)
        return None if trouble else True

    assert await clock.until(look, within=20.0, every=0.5), trouble


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("rate(erpgo_no_such_total[15s]) > 1", "erpgo_no_such_total"),
        ('up{job="no-such"} == 0', "up{no-such}"),
        ("a_nothing / b_nothing > 1", "a_nothing, b_nothing"),
    ],
)
async def test_what_is_not_scraped_is_not_seen(prometheus: Prometheus, expr: str, names: str) -> None:
    said = await unseen([seen("Blind", expr)], prometheus, INTERVAL)
    assert said == f"Blind reads {names}, of which Prometheus has nothing; is it scraped?"


async def test_a_rule_without_a_metric_and_one_that_is_not_loaded_read_nothing(
    prometheus: Prometheus,
) -> None:
    assert await unseen([seen("Always", "vector(1)")], prometheus, INTERVAL) == ""
    assert await unseen([RuleSeen(alert="Gone", loaded=False)], prometheus, INTERVAL) == ""


async def test_traffic_that_prometheus_does_not_count_is_missing(prometheus: Prometheus) -> None:
    assert await uncounted(0.0, ERPGO.witness, prometheus, TODAY) == ""
    said = await uncounted(100_000.0, ERPGO.witness, prometheus, TODAY)
    assert said.startswith("the workload sends 100000.0 requests/s, Prometheus counts ")
