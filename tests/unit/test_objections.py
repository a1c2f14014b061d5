"""What a plan asks for and a stack cannot give: named before anything is injected."""

import dataclasses
from datetime import UTC, datetime

import pytest

from simulator.doors import Doors
from simulator.doors.alertmanager import Silence, SilenceMatcher
from simulator.doors.prometheus import LoadedRule, Prometheus, Series
from simulator.plan.models import Experiment, Panel, Plan, Target
from simulator.plan.rules import Rule
from simulator.preflight.loaded import Loaded
from simulator.preflight.objections import blank_panels, objections, unfireable_by_file, warnings
from simulator.preflight.routing import Routes
from tests.fakes.clock import FakeClock
from tests.fakes.doors import NOWHERE, FakeServices, fake_doors
from tests.fakes.journals import plan

NOW = datetime(2026, 11, 30, 21, 55, tzinfo=UTC)
OURS = """
receivers:
  - {name: simulator-critical, webhook_configs: [{url: "http://127.0.0.1:9099/api/v1/webhook/critical"}]}
  - {name: hidden, webhook_configs: [{url: <secret>}]}
  - {name: simulator-none, webhook_configs: [{url: <secret>}]}
  - {name: nobody}
"""
TO_US = "route: {receiver: nobody, routes: [{receiver: simulator-critical, matchers: [severity=critical]}]}"


class ScriptedPrometheus(Prometheus):
    """Has these series, whatever is asked of them, and these metrics."""

    def __init__(self, *labels: dict[str, str], metrics: tuple[str, ...] = ()) -> None:
        super().__init__(NOWHERE)
        self._series = [Series(labels=one, samples=((0.0, 1.0),)) for one in labels]
        self._metrics = list(metrics)

    async def query(self, expr: str) -> list[Series]:  # noqa: ARG002  the same for all
        return self._series

    async def metrics(self) -> list[str]:
        return self._metrics


def doors(*labels: dict[str, str], metrics: tuple[str, ...] = ()) -> Doors:
    return dataclasses.replace(
        fake_doors(FakeClock(), FakeServices()), prometheus=ScriptedPrometheus(*labels, metrics=metrics)
    )


def rule(alert: str = "ApplicationDown", **labels: str) -> LoadedRule:
    return LoadedRule(
        alert=alert,
        expr="up == 0",
        hold=0.0,
        labels={"severity": "critical", **labels},
        health="ok",
        error="",
        interval=2.0,
    )


def loaded(*rules: LoadedRule, route: str = TO_US, silences: tuple[Silence, ...] = ()) -> Loaded:
    return Loaded(rules, (), Routes.read(route + OURS), silences)


def asked_for(**wanted: object) -> Plan:
    must = {"alert": "ApplicationDown", "severity": "critical", **wanted}
    experiment = {"name": "x", "title": "x", "faults": [{"fault": "service-kill", "service": "api"}]}
    made = plan(Experiment.model_validate({**experiment, "must": [must]}))
    return made.model_copy(update={"lower_bound": 600.0})


async def objection(wanted: Plan, there: Loaded, *series: dict[str, str]) -> str:
    """The only one; empty for none."""
    found = await objections(wanted, there, doors(*series), NOW)
    assert len(found) <= 1
    return f"{found[0].about}: {found[0].text}" if found else ""


async def test_what_can_be_met_is_not_objected_to() -> None:
    for expect in ("notified", "inhibited", "firing", "quiet"):
        assert await objection(asked_for(expect=expect), loaded(rule()), {"job": "api"}) == ""


async def test_an_alert_that_does_not_exist_is_named_with_the_nearest_that_does() -> None:
    for expect in ("notified", "inhibited", "firing", "quiet"):
        assert await objection(
            asked_for(alert="ApplicationDwn", expect=expect), loaded(rule(), rule("X"))
        ) == (
            "ApplicationDwn: no rule of this name is loaded; did you mean 'ApplicationDown'? Known: ApplicationDown, X"
        )


async def test_what_the_receiver_pages_needs_no_rule() -> None:
    assert await objection(asked_for(alert="DeadMansSwitchMissing", by="receiver"), loaded()) == ""


async def test_a_severity_that_is_another_one_is_named() -> None:
    assert await objection(asked_for(), loaded(rule(severity="warning"))) == (
        "ApplicationDown: its rule has severity 'warning', expected 'critical'"
    )
    two = loaded(rule(severity="warning"), rule())
    assert await objection(asked_for(), two, {"job": "api"}) == ""
    assert await objection(asked_for(), loaded(rule(severity="{{ $labels.severity }}"))) == ""


async def test_labels_that_no_rule_has_are_named() -> None:
    said = await objection(asked_for(labels={"team": "shop"}), loaded(rule(team="core")))
    assert said.startswith(
        'ApplicationDown{team="shop"}: no rule of this name has these labels; loaded with '
    )
    assert await objection(asked_for(labels={"job": "api"}), loaded(rule()), {"job": "api"}) == ""


@pytest.mark.parametrize(
    ("route", "says"),
    [
        ("route: {receiver: nobody}", "does not lead to our receiver: it goes to 'nobody' by the root"),
        ("route: {receiver: hidden}", "does not lead to our receiver: it goes to 'hidden' by the root"),
        ("route: {receiver: simulator-none}", "leads to our receiver as 'none', expected 'critical'"),
        (
            "route: {receiver: simulator-critical, routes: [{receiver: nobody, matchers: ['job=~\"a.*\"']}]}",
            "does not lead to our receiver: it goes to 'nobody' by {job=~\"a.*\"}",
        ),
    ],
)
async def test_a_route_that_leads_nowhere_is_named(route: str, says: str) -> None:
    assert says in await objection(asked_for(), loaded(rule(), route=route), {"job": "api"})


async def test_a_route_that_cannot_be_told_without_series_is_not_objected_to() -> None:
    by_job = "route: {receiver: nobody, routes: [{receiver: simulator-critical, matchers: [job=api]}]}"
    assert await objection(asked_for(), loaded(rule(), route=by_job)) == ""
    assert await objection(asked_for(), loaded(rule(), route=by_job), {"job": "api"}) == ""
    assert "nowhere" not in await objection(asked_for(), loaded(rule(), route=by_job), {"job": "db"})
    assert await objection(asked_for(), loaded(rule(), route=by_job), {"job": "db"}) != ""


async def test_a_route_that_is_muted_during_the_run_is_named_with_its_interval() -> None:
    route = """
time_intervals: [{name: nights, time_intervals: [{times: [{start_time: "22:00", end_time: "24:00"}]}]}]
route:
  receiver: nobody
  routes: [{receiver: simulator-critical, matchers: [severity=critical], KEY: [nights]}]
"""
    muted = route.replace("KEY", "mute_time_intervals")
    assert await objection(asked_for(), loaded(rule(), route=muted), {"job": "api"}) == (
        "ApplicationDown: muted by the time interval 'nights' from 2026-11-30 22:00 to 2026-11-30 22:05 UTC"
        " on its route {severity=\"critical\"} to 'simulator-critical'"
    )
    active = route.replace("KEY", "active_time_intervals")
    assert "muted outside of the time interval 'nights' from 2026-11-30 21:55" in await objection(
        asked_for(), loaded(rule(), route=active), {"job": "api"}
    )
    assert await objection(asked_for(expect="inhibited"), loaded(rule(), route=muted), {"job": "api"}) == ""
    short = asked_for().model_copy(update={"lower_bound": 60.0})
    assert await objection(short, loaded(rule(), route=muted), {"job": "api"}) == ""


@pytest.mark.parametrize(
    ("matchers", "starts", "hides"),
    [
        ([("alertname", "=", "ApplicationDown")], 0, True),
        ([("alertname", "=~", "Application.*"), ("job", "=", "api")], 0, True),
        ([("alertname", "=", "ApplicationDown"), ("job", "=", "db")], 0, False),
        ([("alertname", "=", "ApplicationDown"), ("pod", "!=", "db")], 0, False),
        ([("alertname", "=", "ApplicationDown")], 3600, False),
        ([("alertname", "=", "ApplicationDown")], 300, True),
    ],
)
async def test_a_silence_is_named(
    matchers: list[tuple[str, str, str]], starts: float, *, hides: bool
) -> None:
    silence = Silence(
        id="42",
        comment="maintenance",
        matchers=tuple(
            SilenceMatcher.model_validate({"name": name, "op": op, "value": value})
            for name, op, value in matchers
        ),
        starts_epoch=NOW.timestamp() + starts,
        ends_epoch=NOW.timestamp() + 7200,
    )
    said = await objection(asked_for(), loaded(rule(), silences=(silence,)), {"job": "api"})
    assert said == ("ApplicationDown: silenced in Alertmanager by 42 (maintenance)" if hides else "")


async def test_a_panel_that_draws_nothing_is_named_with_the_nearest_metric() -> None:
    made = Panel(
        dashboard="system",
        title="Requests",
        unit="reqps",
        targets=(Target(ref="A", legend="", expr="sum(rate(http_requsts_total[8s]))"),),
    )
    panels = [{"dashboard": "system", "panel": "Requests", "expect": "down"}]
    experiment = Experiment.model_validate({"name": "x", "title": "x", "panels": panels})
    asked = plan(experiment).model_copy(update={"panels": (made,)})
    (blank,) = await blank_panels(asked, doors(metrics=("http_requests_total", "up")))
    assert (blank.about, blank.text) == (
        "system / Requests",
        (
            "the panel draws nothing: Prometheus has no http_requsts_total; did you mean 'http_requests_total'?"
            " Known: http_requests_total"
        ),
    )
    (blank,) = await blank_panels(asked, doors(metrics=("http_requsts_total",)))
    assert "although Prometheus has all metrics of its queries" in blank.text
    assert await blank_panels(asked, doors({})) == []
    own = made.model_copy(update={"targets": (Target(ref="A", legend="", expr="simulator_cpu"),)})
    assert await blank_panels(asked.model_copy(update={"panels": (own,)}), doors()) == []


def test_a_tolerated_alert_that_nothing_can_fire_is_worth_a_warning() -> None:
    may = [
        {"alert": "ApplicationDwn", "because": "the API is gone"},
        {"alert": "DeadMansSwitchMissing", "because": "the receiver pages it"},
    ]
    experiment = Experiment.model_validate({"name": "x", "title": "x", "may": may})
    assert list(warnings(experiment, [rule()])) == [
        "x: may: no rule 'ApplicationDwn' is loaded; did you mean 'ApplicationDown'? Known: ApplicationDown"
    ]


def test_without_a_stack_the_rules_file_is_asked() -> None:
    there = [Rule(alert="ApplicationDown", labels={"severity": "critical"}, expr="up == 0")]
    for wanted, says in (
        (asked_for(), ""),
        (asked_for(alert="ApplicationDwn"), "did you mean 'ApplicationDown'?"),
        (asked_for(severity="warning"), "its rule has severity 'critical', expected 'warning'"),
    ):
        found = unfireable_by_file(wanted.experiments, there)
        assert says in "".join(one.text for one in found)
        assert bool(found) == bool(says)
