"""An alert that goes and comes back while nobody looks is told by the moment since which it is there."""

import dataclasses

import pytest

from simulator.doors.prometheus import ActiveAlert, Prometheus
from simulator.journal.facts import AnyFact, Lost, Page, PrometheusAlert, Regained
from simulator.observers import Scene
from simulator.observers.prometheus_alerts import PrometheusAlerts
from simulator.report.standing import standing
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors
from tests.fakes.journals import BITES, EPOCH, accepted, at, fires, judged, met_journal, page, plan, without

LOST = [
    at(Lost(source="prometheus", error="gone"), BITES + 10, ""),
    at(Regained(source="prometheus"), BITES + 14, ""),
]
"""For less than is tolerated."""
ANEW = fires("Down", BITES + 14.1).model_copy(update={"active_epoch": EPOCH + BITES + 13})


@pytest.mark.parametrize(
    ("extra", "outcome", "cause", "seen_by"),
    [
        ([fires("Down", BITES + 14)], "breached", "flapped", "prometheus"),
        ([*LOST, ANEW], "inconclusive", "stay-unknown", ""),
        ([*LOST, ANEW, accepted("Down", BITES + 13.5)], "breached", "flapped", "alertmanager"),
        ([*LOST, ANEW, page("Down", BITES + 15, starts=BITES + 13)], "breached", "flapped", "receiver"),
        ([*LOST], "met", "arrived", ""),
        ([page("Down", BITES + 17, starts=BITES + 6.2)], "met", "arrived", ""),
        (
            [
                accepted("Down", BITES + 9, inhibited_by=("X",)).model_copy(
                    update={"starts_epoch": EPOCH + 106.2}
                )
            ],
            "met",
            "arrived",
            "",
        ),
        ([fires("Down", BITES + 8, labels={"pod": "two"}), fires("Down", BITES + 14)], "met", "arrived", ""),
    ],
    ids=[
        "between two looks",
        "while Prometheus was lost",
        "and Alertmanager knows",
        "and the receiver knows",
        "still the same",
        "a repeat of the page",
        "inhibited meanwhile",
        "another instance stayed",
    ],
)
def test_what_is_there_anew_was_gone_in_between(
    extra: list[AnyFact], outcome: str, cause: str, seen_by: str
) -> None:
    _, experiment = judged([*met_journal(), *extra])
    assert experiment.alerts[0].outcome == outcome, experiment.alerts[0].reason
    assert experiment.alerts[0].cause == cause
    assert "".join(who for gap in experiment.alerts[0].gaps for who in gap.seen_by) == seen_by


class ScriptedPrometheus(Prometheus):
    """Has one alert, active since the moment that it is told."""

    since = 1.0

    async def alerts(self) -> list[ActiveAlert]:
        labels = {"alertname": "Down", "severity": "critical"}
        return [ActiveAlert(alert="Down", labels=labels, state="firing", active_epoch=self.since)]


async def test_an_alert_that_is_active_since_another_moment_is_news() -> None:
    prometheus = ScriptedPrometheus(NOWHERE)
    doors = dataclasses.replace(fake_doors(FakeClock(), FakeServices()), prometheus=prometheus)
    observer = PrometheusAlerts(Scene(plan(), doors))
    said = []
    for prometheus.since in (1.0, 1.0, 9.0, 9.0):
        seen = await observer.look()
        said.append([fact.active_epoch for fact in seen if isinstance(fact, PrometheusAlert)])
    assert said == [[1.0], [], [9.0], []]
    await doors.close()


def test_what_came_otherwise_than_it_must_is_wrong_even_if_it_went_as_well() -> None:
    """The report says so in one word, and the worse one."""
    gone = [fires("HighErrors", BITES + 14, "inactive", "warning")]
    paged = page("HighErrors", BITES + 9, severity="warning", route="warning")
    _, experiment = judged([*met_journal(), *gone])
    assert standing(experiment.alerts[1]) == "flapped"
    _, experiment = judged([*met_journal(), *gone, paged])
    assert experiment.alerts[1].gaps
    assert standing(experiment.alerts[1]) == "wrong"
    for wrong in (page("Down", BITES + 7.2, severity="warning"), page("Down", BITES + 7.2, route="warning")):
        facts = [*without(met_journal(), Page), wrong]
        _, experiment = judged([*facts, fires("Down", BITES + 12, "inactive")])
        assert experiment.alerts[0].gaps
        assert standing(experiment.alerts[0]) == "wrong"
