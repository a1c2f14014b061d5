"""An empty answer is never good news: gates, books, clocks and the harness's own measure."""

import dataclasses
import math

import pytest

from simulator.doors.prometheus import LoadedRule, Prometheus, ScrapeTarget, Series
from simulator.engine.gates import Gates
from simulator.engine.sight import unseen
from simulator.engine.watch import Watch
from simulator.erpgo.system import ERPGO
from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import ClockOffset, LedgerChecked, RuleSeen
from simulator.journal.fitness import LoopLag
from simulator.judge.ledger import judge_ledger
from simulator.observers import Scene
from simulator.plan.models import Experiment
from simulator.plan.policy import TODAY
from simulator.plan.rules import Rule
from simulator.plan.waves import footprint, overlap
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors, journal_in_memory
from tests.fakes.journals import causes, judged, met_journal, plan, without


class ScriptedPrometheus(Prometheus):
    """Answers everything with the same."""

    def __init__(self, *values: float, targets: tuple[ScrapeTarget, ...] = ()) -> None:
        super().__init__(NOWHERE)
        self._series = [Series(labels={"job": "shop"}, samples=((0.0, value),)) for value in values]
        self._targets = list(targets)
        self.asked: list[str] = []

    async def query(self, expr: str) -> list[Series]:
        self.asked.append(expr)
        return self._series

    async def targets(self) -> list[ScrapeTarget]:
        return self._targets

    async def rules(self) -> list[LoadedRule]:
        return []


def gates(prometheus: Prometheus, experiment: Experiment, *samples: PanelsDrawn) -> Gates:
    doors = dataclasses.replace(fake_doors(FakeClock(), FakeServices()), prometheus=prometheus)
    journal = journal_in_memory(doors.clock)
    for sample in samples:
        journal.write(sample)
    asked = plan(experiment)
    return Gates(asked, doors, journal, Watch(Scene(asked, doors), journal))


CONTROL = Experiment(name="x", title="x")


@pytest.mark.parametrize(
    ("values", "known"), [((), False), ((math.nan,), False), ((math.nan, 0.0), True), ((0.0,), True)]
)
async def test_what_must_be_known_is_a_number(values: tuple[float, ...], *, known: bool) -> None:
    experiment = Experiment.model_validate(
        {"name": "x", "title": "x", "needs": {"known": ["band:orders:low"]}}
    )
    said = await gates(ScriptedPrometheus(*values), experiment)._unknown(experiment)
    assert said == ("" if known else "Prometheus has no value yet for band:orders:low")


async def test_no_targets_at_all_are_not_all_up() -> None:
    assert await gates(ScriptedPrometheus(), CONTROL)._targets_missing() == "Prometheus has no targets at all"
    up = ScrapeTarget(job="shop", health="up", error="", interval=2.0)
    assert await gates(ScriptedPrometheus(targets=(up,)), CONTROL)._targets_missing() == ""


@pytest.mark.parametrize(
    ("drawn", "series", "said"),
    [
        ({"errors": 0.0}, "", ""),
        ({"errors": 0.0}, "errors", ""),
        ({}, "", "panel Error Rate draws nothing: no data"),
        (
            {"errors": 0.0},
            "error",
            "panel Error Rate draws no series 'error'; did you mean 'errors'? Known: errors: no data",
        ),
    ],
)
def test_samples_that_show_nothing_are_no_baseline(drawn: dict[str, float], series: str, said: str) -> None:
    panel = {"dashboard": "system", "panel": "Error Rate", "expect": "up", "series": series}
    experiment = Experiment.model_validate({"name": "x", "title": "x", "panels": [panel]})
    sample = PanelsDrawn(panels={"system": {"Error Rate": drawn}})
    # The first fact's moment is the end of what is disturbed; all samples of this fake stand at it.
    settled = plan().panels[0].model_copy(update={"settles": -1.0})
    asked = gates(ScriptedPrometheus(), experiment, *[sample] * 15)
    asked._plan = asked._plan.model_copy(update={"panels": (settled,)})
    assert asked._baseline_missing(experiment) == said


async def test_an_alert_on_a_metric_that_is_named_among_the_labels_sees_it() -> None:
    rule = RuleSeen(alert="A", loaded=True, expr='rate({__name__=~"shop_.*", job="shop"}[15s]) > 1')
    there = ScriptedPrometheus(1.0)
    assert await unseen([rule], there, 2.0) == ""
    assert there.asked == ['count by (job) ({__name__=~"shop_.*"})']
    assert 'A reads {__name__=~"shop_.*"}' in await unseen([rule], ScriptedPrometheus(), 2.0)


def test_a_selector_without_a_name_may_read_any_metric() -> None:
    fault = {"faults": [{"fault": "service-kill", "service": "redis"}]}
    killed = Experiment.model_validate({"name": "killed", "title": "x", **fault})
    other = {"faults": [{"fault": "service-kill", "service": "node-exporter"}]}
    must = [{"alert": "A", "severity": "critical"}]
    reads = Experiment.model_validate({"name": "reads", "title": "x", **other, "must": must})
    rules = [Rule(alert="A", labels={"severity": "critical"}, expr='{__name__=~"redis_.*"} > 1')]
    why = overlap(footprint(killed, rules, {}, ERPGO.facts), footprint(reads, rules, {}, ERPGO.facts))
    assert why == 'killed takes away {__name__=~"redis_.*"}, which reads relies on'


def test_books_without_orders_say_that_there_was_nothing_to_balance() -> None:
    books = judge_ledger(LedgerChecked(what="sign-ups", experiments=("x",), seconds=60.0), 2.0, TODAY.books)
    assert (books.outcome, books.cause) == ("met", "nothing-placed")


@pytest.mark.parametrize(
    ("missing", "cause"), [(LoopLag, "harness-unmeasured"), (ClockOffset, "clock-unknown")]
)
def test_what_was_never_measured_does_not_pass(
    missing: type[LoopLag] | type[ClockOffset], cause: str
) -> None:
    _, experiment = judged(without(met_journal(), missing))
    assert experiment.outcome == "inconclusive"
    assert {why for _, why in causes(experiment)} == {cause}
