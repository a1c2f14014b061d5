"""An abort condition that has lost what it compares: an empty answer is no good news."""

import dataclasses
import math
from collections.abc import Sequence

import pytest

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.doors.prometheus import Prometheus, Series
from simulator.journal.blindness import ConditionBlind, ConditionSighted
from simulator.journal.facts import AbortDue, AnyFact
from simulator.observers import Scene
from simulator.observers.abort_conditions import AbortConditions
from simulator.preflight.nets import conditions_blind_now
from simulator.report.words import blindness
from simulator.safety.nets import Condition, Nets
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors
from tests.fakes.journals import BITES, at, judged, met_journal, plan

ORDERS = "sum(rate(orders[1m]))"
TOO_FEW = Condition(name="no-orders", expr=f"{ORDERS} < 0.1")


class ScriptedPrometheus(Prometheus):
    """Answers each query with the values that it is told; of a query it does not know it has nothing."""

    def __init__(self) -> None:
        super().__init__(NOWHERE)
        self.values: dict[str, list[float]] = {}
        self.out_of_order = False

    async def query(self, expr: str) -> list[Series]:
        if self.out_of_order:
            raise DoorError("Prometheus did not answer")
        return [Series(labels={}, samples=((0.0, value),)) for value in self.values.get(expr, [])]


class Watched:
    """One observer of the abort conditions, on a clock of its own."""

    def __init__(self, *conditions: Condition) -> None:
        self.prometheus = ScriptedPrometheus()
        self.clock = FakeClock()
        doors = dataclasses.replace(fake_doors(self.clock, FakeServices()), prometheus=self.prometheus)
        doors = dataclasses.replace(doors, clock=RunClock(self.clock))
        stack = plan().stack.model_copy(update={"nets": Nets(abort_when=conditions)})
        self.scene = Scene(plan().model_copy(update={"stack": stack}), doors)
        self.observer = AbortConditions(self.scene)

    def has(self, *values: float) -> None:
        """What Prometheus says of the orders; the comparison lets pass what is below 0.1."""
        self.prometheus.values = {
            ORDERS: list(values),
            TOO_FEW.expr: [value for value in values if value < 0.1],
        }

    async def for_seconds(self, seconds: float) -> Sequence[AnyFact]:
        facts: list[AnyFact] = []
        for _ in range(int(seconds)):
            facts += await self.observer.look()
            await self.clock.sleep(1.0)
        return facts


async def test_a_condition_with_data_is_true_at_once_or_not_at_all() -> None:
    watched = Watched(TOO_FEW)
    watched.has(5.0)
    assert await watched.for_seconds(20) == []
    watched.has(0.05)
    assert await watched.for_seconds(1) == [
        AbortDue(condition="no-orders", expr=TOO_FEW.expr, observed="0.05")
    ]


@pytest.mark.parametrize("lost", [[], [math.nan], [math.nan, math.nan]])
async def test_a_condition_that_loses_its_data_counts_as_true_after_five_seconds(lost: list[float]) -> None:
    watched = Watched(TOO_FEW)
    watched.has(5.0)
    await watched.for_seconds(3)
    watched.has(*lost)
    first, *others = await watched.for_seconds(6)
    assert first == ConditionBlind(condition="no-orders", query=ORDERS, had=True)
    assert others == []
    (due,) = await watched.for_seconds(1)
    assert isinstance(due, AbortDue)
    assert due.blind
    assert due.observed == f"no value any more, {ORDERS} has had none for 6 s"


async def test_data_that_come_back_in_time_abort_nothing_and_both_moments_are_told() -> None:
    watched = Watched(TOO_FEW)
    for values in ([5.0], [], [5.0], [], [5.0, math.nan]):
        watched.has(*values)
        facts = await watched.for_seconds(4)
        kinds = {ConditionBlind} if not values else {ConditionSighted}
        assert {type(fact) for fact in facts} <= kinds
    assert {type(fact) for fact in facts} == {ConditionSighted}


async def test_it_may_say_that_absence_is_no_reason() -> None:
    watched = Watched(TOO_FEW.model_copy(update={"absent": "ignore"}))
    watched.has(5.0)
    await watched.for_seconds(1)
    watched.has()
    assert await watched.for_seconds(60) == [ConditionBlind(condition="no-orders", query=ORDERS, had=True)]


async def test_what_never_had_data_aborts_nothing_and_is_named() -> None:
    watched = Watched(TOO_FEW)
    assert await watched.for_seconds(60) == [ConditionBlind(condition="no-orders", query=ORDERS, had=False)]
    assert await conditions_blind_now(watched.scene.plan, watched.scene.doors) == [
        (
            f"abort condition no-orders sees nothing: Prometheus has no value for {ORDERS};"
            " it aborts nothing until there is one"
        )
    ]
    watched.has(5.0)
    assert await conditions_blind_now(watched.scene.plan, watched.scene.doors) == []


async def test_what_was_seen_is_not_lost_with_an_answer() -> None:
    """One condition that Prometheus refuses makes the source lost; what the others saw is told with the next answer."""
    watched = Watched(TOO_FEW)
    watched.has(5.0)
    await watched.for_seconds(1)
    watched.prometheus.out_of_order = True
    with pytest.raises(DoorError, match="no-orders: Prometheus did not answer"):
        await watched.observer.look()
    watched.prometheus.out_of_order = False
    watched.has()
    assert await watched.for_seconds(1) == [ConditionBlind(condition="no-orders", query=ORDERS, had=True)]


def test_the_conditions_that_come_with_it_do_not_abort_where_no_node_exporter_is() -> None:
    assert {condition.absent for condition in Nets().abort_when} == {"ignore"}


@pytest.mark.parametrize("expr", ["up < bool 1", "(up < bool 1)", "1"])
def test_a_condition_that_always_has_a_value_is_refused(expr: str) -> None:
    with pytest.raises(ValueError, match="always true: it has a value whatever it compares"):
        Condition(name="x", expr=expr)


async def test_what_went_blind_counts_as_true_and_is_not_said_to_be() -> None:
    watched = Watched(TOO_FEW)
    watched.has(5.0)
    await watched.for_seconds(3)
    watched.has()
    blind = (await watched.for_seconds(7))[-1]
    assert str(blind) == (
        f"abort condition no-orders counts as true: {TOO_FEW.expr} gives no value any more, {ORDERS} has had none for 6 s"
    )
    watched.has(0.05)
    (true,) = await watched.for_seconds(1)
    assert str(true) == f"abort condition no-orders is true: {TOO_FEW.expr} gives 0.05"


def test_conditions_that_ignore_it_share_one_short_line_in_the_report() -> None:
    """The run's own fault took their exporter away; one that never saw anything is told as ever."""
    facts = met_journal()
    for name in ("disk-full", "machine-out-of-memory"):
        query = f"node_{name}"
        facts.append(at(ConditionBlind(condition=name, query=query, had=True), BITES, ""))
        facts.append(at(ConditionSighted(condition=name, query=query), BITES + 30, ""))
    verdict, _ = judged(facts)
    assert {one.ignored for one in verdict.blind} == {True}
    assert blindness(verdict.blind) == [
        "abort conditions that were blind for a time, and ignore it: disk-full, machine-out-of-memory"
    ]
    never = at(ConditionBlind(condition="disk-full", query="x", had=False), 1.0, "")
    abort = at(ConditionBlind(condition="no-orders", query="x", had=True), 1.0, "")
    assert blindness(judged([*met_journal(), never, abort])[0].blind) == [
        "abort condition disk-full was blind from the beginning to the end: Prometheus had no value for x",
        "abort condition no-orders was blind from 1.0 s to the end: Prometheus had no value for x",
    ]
