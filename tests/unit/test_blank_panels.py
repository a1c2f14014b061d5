"""A dry run looks whether the panels that are named draw anything, and the series that is meant."""

import dataclasses
from collections.abc import Mapping

import pytest

from simulator.doors import Doors
from simulator.doors.prometheus import Prometheus, Series
from simulator.plan.models import Experiment, Plan, Target
from simulator.preflight.panels import blank_panels
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors
from tests.fakes.journals import PANEL, plan


class ScriptedPrometheus(Prometheus):
    """Answers each query with series of these labels, and has these metrics."""

    def __init__(self, answers: Mapping[str, list[dict[str, str]]], metrics: tuple[str, ...]) -> None:
        super().__init__(NOWHERE)
        self._answers = answers
        self._metrics = list(metrics)

    async def query(self, expr: str) -> list[Series]:
        return [Series(labels=one, samples=((0.0, 1.0),)) for one in self._answers.get(expr, [])]

    async def metrics(self) -> list[str]:
        return self._metrics


def doors(answers: Mapping[str, list[dict[str, str]]], *metrics: str) -> Doors:
    there = fake_doors(FakeClock(), FakeServices())
    return dataclasses.replace(there, prometheus=ScriptedPrometheus(answers, metrics))


def asked(*targets: tuple[str, str], series: str = "") -> Plan:
    """A plan that names one panel, of these legends and queries."""
    wanted = {"dashboard": "system", "panel": "Error Rate", "expect": "down", "series": series}
    experiment = Experiment.model_validate({"name": "x", "title": "x", "panels": [wanted]})
    drawn = tuple(
        Target(ref=chr(ord("A") + number), legend=legend, expr=expr)
        for number, (legend, expr) in enumerate(targets)
    )
    panel = PANEL.model_copy(update={"targets": drawn})
    return plan(experiment).model_copy(update={"panels": (panel,)})


async def said(wanted: Plan, there: Doors) -> str:
    found = await blank_panels(wanted, there)
    assert {(one.of, one.about) for one in found} <= {("x", "system / Error Rate")}
    return "; ".join(one.text for one in found)


async def test_a_panel_that_draws_nothing_is_named_with_the_nearest_metric() -> None:
    misspelt = asked(("", "sum(rate(http_requsts_total[8s]))"))
    assert await said(misspelt, doors({}, "http_requests_total", "up")) == (
        "the panel draws nothing: Prometheus has no http_requsts_total;"
        " did you mean 'http_requests_total'? Known: http_requests_total"
    )
    assert await said(misspelt, doors({}, "http_requsts_total")) == (
        "the panel draws nothing: Prometheus has all metrics of its queries; do their labels fit?"
    )
    assert await said(misspelt, doors({"sum(rate(http_requsts_total[8s]))": [{}]})) == ""
    assert await said(asked(("", "simulator_cpu")), doors({})) == ""


async def test_a_panel_of_which_no_query_is_watched_is_named_as_that() -> None:
    assert await said(asked(), doors({}, "up")) == (
        "the panel draws nothing: none of its queries is watched, they draw learned bands or look back"
        " further than 60 s"
    )


@pytest.mark.parametrize(
    ("targets", "series", "says"),
    [
        ([("{{ code }}", "a")], "500", ""),
        ([("now", "a"), ("usual", "b")], "now", ""),
        ([("", "a")], "code=500", ""),
        # The simulator's own come with a run; a legend without labels is known beforehand.
        ([("cpu", "simulator_cpu")], "cpu", ""),
        ([("{{ stage }}", "simulator_cpu")], "any", ""),
        ([("cpu", "simulator_cpu")], "cpus", "no series 'cpus'; did you mean 'cpu'? Known: cpu"),
        ([("{{ code }}", "a")], "nosuchseries", "no series 'nosuchseries'. Known: 200, 500"),
        ([("now", "a"), ("usual", "b")], "usual", "no series 'usual'. Known: now"),
    ],
)
async def test_a_series_that_is_not_drawn_is_named(
    targets: list[tuple[str, str]], series: str, says: str
) -> None:
    there = doors({"a": [{"code": "200"}, {"code": "500"}]})
    assert await said(asked(*targets, series=series), there) == (f"the panel draws {says}" if says else "")
