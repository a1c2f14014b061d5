"""What people are told while experiments run, one after the other or at the same time."""

from typing import cast

from simulator.base.protocol import FaultState, FromEngine, Notified, Progress
from simulator.engine.announce import Announcer
from simulator.journal.fact import Fact
from simulator.journal.facts import (
    AnyFact,
    ExperimentEnded,
    ExperimentStarted,
    FaultRequested,
    FaultUndone,
    Lost,
    Page,
    Planned,
    PrometheusAlert,
)
from simulator.plan.models import Experiment
from tests.fakes.journals import EPOCH, plan

NODE, API = (
    Experiment.model_validate(
        {
            "name": name,
            "title": name,
            "faults": [{"fault": "service-kill", "service": service}],
            "must": [{"alert": alert, "severity": "critical"}],
        }
    )
    for name, service, alert in (("node", "node-exporter", "NodeDown"), ("api", "api", "ApiDown"))
)


class Told:
    """An announcer, and what it said."""

    def __init__(self) -> None:
        self.said: list[FromEngine] = []
        self._announce = Announcer(self.said.append)
        self(Planned(plan=plan(NODE).model_copy(update={"experiments": (NODE, API)})))

    def __call__(self, fact: Fact, at: float = 0.0, experiment: str = "") -> None:
        self._announce(cast("AnyFact", fact.model_copy(update={"at": at, "experiment": experiment})))

    def lines(self) -> list[tuple[str, str]]:
        return [(one.experiment, one.text) for one in self.said if isinstance(one, Progress)]

    def begin(self, *experiments: str, at: float = 10.0) -> None:
        for name in experiments:
            self(ExperimentStarted(), at, name)
            self(FaultRequested(fault="service-kill", id=name), at, name)


def fires(alert: str) -> PrometheusAlert:
    return PrometheusAlert(
        alert=alert, instance=alert, severity="critical", state="firing", active_epoch=EPOCH
    )


def page(alert: str) -> Page:
    return Page(
        sequence=1,
        alert=alert,
        fingerprint=alert,
        severity="critical",
        route="critical",
        status="firing",
        starts_epoch=EPOCH,
        received_epoch=EPOCH,
    )


def test_an_alert_is_told_of_the_experiment_that_names_it() -> None:
    told = Told()
    told.begin("node", "api")
    told(fires("NodeDown"), 15.0)
    told(page("NodeDown"), 16.0)
    assert told.lines()[-2:] == [
        ("node", "NodeDown fires after 5.0 s"),
        ("node", "NodeDown paged after 6.0 s"),
    ]
    assert [one for one in told.said if isinstance(one, Notified)] == [
        Notified(experiment="node", alert="NodeDown", detect=5.0, notify=6.0)
    ]


def test_a_page_that_comes_before_prometheus_was_asked_is_completed() -> None:
    told = Told()
    told.begin("node", "api")
    told(page("NodeDown"), 15.0)
    told(fires("NodeDown"), 15.2)
    assert [(one.detect, one.notify) for one in told.said if isinstance(one, Notified)] == [
        (None, 5.0),
        (5.0, 5.0),
    ]


def test_an_alert_that_nobody_names_is_told_of_all_that_run() -> None:
    told = Told()
    told.begin("node", "api")
    told(fires("Surprise"), 12.0)
    assert told.lines()[-2:] == [
        ("node", "Surprise fires after 2.0 s"),
        ("api", "Surprise fires after 2.0 s"),
    ]


def test_an_experiment_that_has_ended_is_told_nothing_more() -> None:
    told = Told()
    told.begin("node", "api")
    told(ExperimentEnded(status="completed"), 50.0, "node")
    told(fires("Surprise"), 51.0)
    assert told.lines()[-1] == ("api", "Surprise fires after 41.0 s")
    told(ExperimentEnded(status="completed"), 60.0, "api")
    before = told.lines()
    told(fires("Surprise"), 61.0)
    assert told.lines() == before


def test_each_fault_is_active_until_its_own_undo() -> None:
    told = Told()
    told.begin("node", "api")
    told(
        FaultUndone(fault="service-kill", id="node", requested=40.0, confirmed=True, observed=""),
        41.0,
        "node",
    )
    states = [(one.id, one.experiment, one.active) for one in told.said if isinstance(one, FaultState)]
    assert states == [("node", "node", True), ("api", "api", True), ("node", "node", False)]


def test_what_is_lost_is_nobodys() -> None:
    told = Told()
    told(Lost(source="prometheus", error="refused"), 5.0)
    assert told.lines() == [("", "prometheus is lost: refused")]


def test_two_severities_of_one_name_are_two_alerts() -> None:
    """Each has its own page and its own times; the first of them does not count for both."""
    both = NODE.model_copy(
        update={
            "must": tuple(
                NODE.must[0].model_copy(update={"severity": severity}) for severity in ("critical", "warning")
            )
        }
    )
    told = Told()
    told(Planned(plan=plan(both)))
    told.begin("node")
    told(fires("NodeDown").model_copy(update={"severity": "warning"}), 12.0)
    told(page("NodeDown").model_copy(update={"severity": "warning"}), 13.0)
    told(fires("NodeDown"), 17.0)
    told(page("NodeDown"), 18.0)
    notified = [one for one in told.said if isinstance(one, Notified)]
    assert {(one.alert, one.detect, one.notify) for one in notified} == {
        ('NodeDown{severity="warning"}', 2.0, 3.0),
        ('NodeDown{severity="critical"}', 7.0, 8.0),
    }
