"""What a plan asks for and a stack cannot give: named before anything is injected."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.doors import Doors
from simulator.doors.alertmanager import Silence, SilenceMatcher
from simulator.doors.prometheus import LoadedRule, Prometheus, Series
from simulator.plan.identity import Identity
from simulator.plan.models import Experiment, Plan
from simulator.plan.rules import Rule, read_rules
from simulator.preflight.loaded import Loaded, ask_for
from simulator.preflight.objections import BY_THE_RECEIVER, doubts, objections, time_of, unfireable_by_file
from simulator.preflight.routing import Routes
from simulator.receiver.switch import missing_alert
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
    """Has these series, whatever is asked of it."""

    def __init__(self, *labels: dict[str, str]) -> None:
        super().__init__(NOWHERE)
        self._series = [Series(labels=one, samples=((0.0, 1.0),)) for one in labels]

    async def query(self, expr: str) -> list[Series]:  # noqa: ARG002  the same for all
        return self._series


def doors(*labels: dict[str, str]) -> Doors:
    return dataclasses.replace(
        fake_doors(FakeClock(), FakeServices()), prometheus=ScriptedPrometheus(*labels)
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
    asked = await ask_for(wanted, there, doors(*series))
    found = objections(asked, there, time_of(wanted, NOW))
    assert len(found) <= 1
    return f"{found[0].about}: {found[0].text}" if found else ""


async def doubt(wanted: Plan, there: Loaded, *series: dict[str, str]) -> str:
    """The only one, of what is not objected to; empty for none."""
    assert await objection(wanted, there, *series) == ""
    asked = await ask_for(wanted, there, doors(*series))
    found = doubts(wanted, asked, there, time_of(wanted, NOW))
    assert len(found) <= 1
    return found[0] if found else ""


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


OF_THE_SWITCH = [
    ({}, ""),
    ({"labels": {"family": "alerting-path"}}, ""),
    (
        {"alert": "DeadMansSwitchMisssing"},
        (
            "DeadMansSwitchMisssing: our receiver pages no alert of this name by itself;"
            " did you mean 'DeadMansSwitchMissing'? Known: DeadMansSwitchMissing"
        ),
    ),
    (
        {"severity": "warning"},
        "DeadMansSwitchMissing: our receiver pages it with severity 'critical', expected 'warning'",
    ),
    (
        {"labels": {"family": "api"}},
        (
            'DeadMansSwitchMissing{family="api"}: our receiver pages it with'
            " family='alerting-path', service='alertmanager', severity='critical'"
        ),
    ),
    (
        {"expect": "firing"},
        (
            "DeadMansSwitchMissing: our receiver pages it by itself, and nobody else knows of it:"
            " it cannot be firing"
        ),
    ),
]


@pytest.mark.parametrize(("wanted", "says"), OF_THE_SWITCH)
async def test_what_the_receiver_pages_needs_no_rule_but_must_be_what_it_pages(
    wanted: dict[str, object], says: str
) -> None:
    asked = asked_for(**{"alert": "DeadMansSwitchMissing", "by": "receiver", **wanted})
    assert await objection(asked, loaded()) == says
    found = unfireable_by_file(asked.experiments, [])
    assert [f"{one.about}: {one.text}" for one in found] == ([says] if says else [])


def test_what_the_receiver_pages_is_known_as_it_pages_it() -> None:
    labels = missing_alert(NOW, None).labels
    assert list(BY_THE_RECEIVER) == [Identity.of(labels["alertname"], labels)]


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
            "route: {receiver: simulator-critical, routes: [{receiver: nobody, matchers: ['team=~\"a.*\"']}]}",
            "does not lead to our receiver: it goes to 'nobody' by {team=~\"a.*\"}",
        ),
    ],
)
async def test_a_route_that_leads_nowhere_is_named(route: str, says: str) -> None:
    assert says in await objection(asked_for(), loaded(rule(team="ada"), route=route), {"job": "api"})
    wanted = asked_for(labels={"team": "ada"})
    assert says in await objection(wanted, loaded(rule(), route=route))


async def test_a_route_that_hangs_on_labels_nobody_has_fixed_is_not_objected_to() -> None:
    """The fault may bring the first series of another job: those of now are worth a warning, no more."""
    by_job = "route: {receiver: nobody, routes: [{receiver: simulator-critical, matchers: [job=api]}]}"
    there = loaded(rule(), route=by_job)
    assert await doubt(asked_for(), there) == ""
    assert await doubt(asked_for(), there, {"job": "api"}) == ""
    assert await doubt(asked_for(), there, {"job": "db"}, {"job": "api"}) == ""
    assert await doubt(asked_for(), there, {"job": "db"}) == (
        "x: ApplicationDown may not be paged: its route does not lead to our receiver:"
        " it goes to 'nobody' by the root; ours are simulator-critical, simulator-none"
    )
    fixed = "does not lead to our receiver: it goes to 'nobody' by the root"
    assert fixed in await objection(asked_for(labels={"job": "db"}), there, {"job": "db"})
    assert fixed in await objection(asked_for(), loaded(rule(job="db"), route=by_job), {"job": "db"})


async def test_what_a_template_says_is_not_known_whatever_the_series_says() -> None:
    templated = rule(severity="{{ $labels.how_bad }}")
    assert await doubt(asked_for(), loaded(templated), {"job": "api", "severity": "low"}) == ""
    by_team = "route: {receiver: nobody, routes: [{receiver: simulator-critical, matchers: [team=shop]}]}"
    there = loaded(rule(team="{{ $labels.owner }}"), route=by_team)
    assert await doubt(asked_for(), there, {"team": "core", "owner": "shop"}) == ""


NIGHTS = """
time_intervals: [{name: nights, time_intervals: [{times: [{start_time: "FROM", end_time: "24:00"}]}]}]
route:
  receiver: nobody
  routes: [{receiver: simulator-critical, matchers: [severity=critical], KEY: [nights]}]
"""


def at_night(*, begins: str = "22:00", key: str = "mute_time_intervals") -> Loaded:
    return loaded(rule(), route=NIGHTS.replace("KEY", key).replace("FROM", begins))


async def test_a_route_that_is_muted_for_all_of_the_run_is_objected_to_and_for_a_part_warned_of() -> None:
    whole, part = at_night(begins="21:00"), at_night()
    assert await objection(asked_for(), whole, {"job": "api"}) == (
        "ApplicationDown: muted by the time interval 'nights' from 2026-11-30 21:55 to 2026-11-30 22:05 UTC"
        " on its route {severity=\"critical\"} to 'simulator-critical'"
    )
    assert await doubt(asked_for(), part, {"job": "api"}) == (
        "x: ApplicationDown may not be paged: muted by the time interval 'nights' from 2026-11-30 22:00 to"
        " 2026-11-30 22:05 UTC on its route {severity=\"critical\"} to 'simulator-critical'"
    )
    active = at_night(key="active_time_intervals")
    assert "muted outside of the time interval 'nights' from 2026-11-30 21:55" in await doubt(
        asked_for(), active, {"job": "api"}
    )
    assert await doubt(asked_for(expect="inhibited"), whole, {"job": "api"}) == ""
    short = asked_for().model_copy(update={"lower_bound": 60.0})
    assert await doubt(short, part, {"job": "api"}) == ""
    assert "muted outside of" in await objection(short, active, {"job": "api"})


ALL = [("alertname", "=", "ApplicationDown")]


def silence(matchers: list[tuple[str, str, str]], starts: float, ends: float) -> Silence:
    return Silence(
        id="42",
        comment="maintenance",
        matchers=tuple(
            SilenceMatcher.model_validate({"name": name, "op": op, "value": value})
            for name, op, value in matchers
        ),
        starts_epoch=NOW.timestamp() + starts,
        ends_epoch=NOW.timestamp() + ends,
    )


@pytest.mark.parametrize(
    ("matchers", "starts", "ends", "says"),
    [
        (ALL, 0, 7200, "objection"),
        ([("alertname", "=~", "Application.*"), ("severity", "=", "critical")], -60, 600, "objection"),
        (ALL, 3600, 7200, ""),
        (ALL, -60, 2, "warning"),
        (ALL, 300, 7200, "warning"),
        # The instance that there is now; the fault may bring another one.
        ([*ALL, ("job", "=", "api")], 0, 7200, "warning"),
        ([*ALL, ("job", "=", "db")], 0, 7200, ""),
        ([*ALL, ("pod", "!=", "db")], 0, 7200, ""),
    ],
)
async def test_a_silence_is_objected_to_where_it_hides_every_page_and_else_warned_of(
    matchers: list[tuple[str, str, str]], starts: float, ends: float, says: str
) -> None:
    there = loaded(rule(), silences=(silence(matchers, starts, ends),))
    hidden = "silenced in Alertmanager by 42 (maintenance) from 2026-11-30 "
    if says == "objection":
        assert (await objection(asked_for(), there, {"job": "api"})).startswith(f"ApplicationDown: {hidden}")
        return
    said = await doubt(asked_for(), there, {"job": "api"})
    assert said.startswith(f"x: ApplicationDown may not be paged: {hidden}" if says else "")
    assert bool(said) == bool(says)


async def test_mutes_and_silences_that_take_turns_leave_no_moment() -> None:
    there = at_night()
    until_ten = silence(ALL, -60, 300)
    both = dataclasses.replace(there, silences=(until_ten,))
    assert "silenced in Alertmanager" in await objection(asked_for(), both, {"job": "api"})
    gap = dataclasses.replace(there, silences=(silence(ALL, -60, 240),))
    assert "silenced in Alertmanager" in await doubt(asked_for(), gap, {"job": "api"})


async def test_one_route_that_is_open_is_enough() -> None:
    twice = """
time_intervals: [{name: always, time_intervals: [{years: ["2000:2100"]}]}]
route:
  receiver: nobody
  routes:
    - {receiver: simulator-critical, continue: true, mute_time_intervals: [always]}
    - {receiver: simulator-critical, matchers: [severity=critical]}
"""
    assert await doubt(asked_for(), loaded(rule(), route=twice), {"job": "api"}) == ""


async def test_a_page_that_must_be_late_is_warned_of_by_the_route_of_its_instance() -> None:
    slow_api = """
route:
  receiver: simulator-critical
  group_wait: 1s
  group_by: ['...']
  routes: [{matchers: [job=api], group_wait: 5m}]
"""
    there = loaded(rule(), route=slow_api)
    assert await doubt(asked_for(), there, {"job": "api"}) == (
        "x: ApplicationDown cannot be paged within 30 s: hold and group wait alone take 300 s"
    )
    assert await doubt(asked_for(), there, {"job": "db"}) == ""


def test_a_tolerated_alert_that_nothing_can_fire_is_worth_a_warning() -> None:
    because = "the API is gone"
    may = [
        {"alert": "ApplicationDwn", "because": because},
        {"alert": "ApplicationDown", "labels": {"severity": "critcal"}, "because": because},
        {"alert": "ApplicationDown", "labels": {"severity": "critical", "job": "api"}, "because": because},
        {"alert": "DeadMansSwitchMissing", "labels": {"severity": "warning"}, "because": because},
        {"alert": "DeadMansSwitchMissing", "labels": {"severity": "critical"}, "because": because},
    ]
    experiment = Experiment.model_validate({"name": "x", "title": "x", "may": may})
    asked, there = plan(experiment), loaded(rule())
    assert doubts(asked, [], there, time_of(asked, NOW)) == [
        "x: may: no rule 'ApplicationDwn' is loaded; did you mean 'ApplicationDown'? Known: ApplicationDown",
        "x: may: nothing that fires 'ApplicationDown' has severity='critcal'; there is severity='critical'",
        (
            "x: may: nothing that fires 'DeadMansSwitchMissing' has severity='warning'; there is"
            " family='alerting-path', service='alertmanager', severity='critical'"
        ),
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


def test_without_a_stack_a_severity_that_is_a_template_may_be_any(tmp_path: Path) -> None:
    written = tmp_path / "rules.yaml"
    written.write_text(
        "groups: [{name: g, rules: [{alert: ApplicationDown, expr: up == 0, labels:"
        " {severity: '{{ $labels.x }}', team: core}}, {alert: Bare, expr: up == 0}]}]"
    )
    rules = read_rules(written)
    assert [rule.identity for rule in rules] == [
        Identity.of("ApplicationDown", {"team": "core"}),
        Identity.of("Bare", {}),
    ]
    assert unfireable_by_file(asked_for().experiments, rules) == []
