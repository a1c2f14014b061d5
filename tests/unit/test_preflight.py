"""What can be known before any fault: routes, waits, windows, and promises that cannot be kept."""

from pathlib import Path

import pytest

from simulator.base.errors import BadInput, DoorError
from simulator.doors.prometheus import LoadedRule
from simulator.erpgo.stack.alertmanager.config import AlertmanagerConfig
from simulator.plan.models import Experiment
from simulator.plan.promql import delay, widest_window, window
from simulator.preflight import check_plan
from simulator.preflight.loaded import Alerting, Instance
from simulator.preflight.promise import elsewhere, predict
from simulator.preflight.routing import Routes
from simulator.receiver.snippet import snippet
from tests.fakes.journals import EXPERIMENT, plan

OURS = Routes.read(AlertmanagerConfig("http://127.0.0.1:9099", Path("/nowhere")).render())


@pytest.mark.parametrize(
    ("labels", "wait"),
    [
        ({"severity": "critical"}, 1.0),
        ({"severity": "warning"}, 2.0),
        ({"severity": "none", "alertname": "DeadMansSwitch"}, 0.0),
        ({}, 0.0),
    ],
)
def test_group_wait_follows_the_route(labels: dict[str, str], wait: float) -> None:
    assert OURS.waits(labels) == (wait, wait)


def test_routes_inherit_go_on_and_match_by_expression() -> None:
    routes = Routes.read(
        """
route:
  group_wait: 30s
  routes:
    - matchers: ['team=~"a|b"']
      group_wait: 5s
      continue: true
    - match: {severity: critical}
      routes: [{matchers: [page!="no"], group_wait: 1m}]
    - matchers: ['team!~"a|b"']
"""
    )
    assert routes.waits({"team": "a"})[0] == 5.0
    assert routes.waits({"severity": "critical"})[0] == 60.0
    assert routes.waits({"severity": "critical", "page": "no"})[0] == 30.0
    assert routes.waits({"team": "c"})[0] == 30.0


@pytest.mark.parametrize("at", ["https://recv.shop", "https://recv.shop/pages/"])
@pytest.mark.parametrize("name", ["team-a", "Team A/pager #1"])
def test_what_was_added_as_it_was_printed_is_known_as_ours(at: str, name: str) -> None:
    entry = "\n".join(f"    {line}" for line in snippet(at, "token", receiver=name).splitlines())
    routes = Routes.read(f"route: {{receiver: '{name}'}}\nreceivers:\n  - name: '{name}'\n{entry}\n")
    assert routes.ours == {name: name}


@pytest.mark.parametrize("text", ["", "x", "route: {matchers: ['?']}", "route: {group_wait: soon}", "{"])
def test_what_is_no_configuration_is_a_doors_error(text: str) -> None:
    with pytest.raises(DoorError, match="Alertmanager's configuration cannot be read"):
        Routes.read(text)


@pytest.mark.parametrize(
    ("expr", "seconds"),
    [
        ("up == 0", 0.0),
        ("sum(rate(a[15s])) / sum(rate(b[20s])) > 0.1 unless on () (min_over_time(c[30s]) == 0)", 20.0),
        ("histogram_quantile(0.95, sum by (le) (rate(a[15s]))) > 2", 15.0),
    ],
)
def test_the_widest_window_is_found_wherever_it_is(expr: str, seconds: float) -> None:
    assert widest_window(expr) == seconds


@pytest.mark.parametrize(
    ("expr", "seconds"),
    [
        ("increase(a[5m]) > 0", 0.0),
        ("sum by (job) (rate(a[5m])) / sum(rate(b[5m])) > 0", 0.0),
        ("max_over_time(a[5m]) > 3", 0.0),
        ("min_over_time(a[5m]) < 3 or rate(b[1m]) > 3", 60.0),
        ("rate(a[5m]) - rate(b[5m]) > 0", 300.0),
        ("max_over_time(a[5m]) / max_over_time(b[5m]) > 3", 300.0),
        ("max_over_time(a[5m]) < 3", 300.0),
        ("increase(a[5m]) < 1", 300.0),
        ("avg_over_time(a[5m]) > 0", 300.0),
        ("(increase(a[5m]) > 0) and rate(b[1m]) > 3 unless rate(c[1h]) > 1", 60.0),
    ],
)
def test_a_window_of_which_one_sample_is_enough_delays_nothing(expr: str, seconds: float) -> None:
    assert delay(expr, {}) == seconds
    assert delay(expr, {"window": "8s"}) == 8.0


@pytest.mark.parametrize(
    ("annotations", "seconds"),
    [({"window": "8s"}, 8.0), ({"window": "0s"}, 0.0), ({}, 600.0), ({"window": "soon"}, 600.0)],
    ids=str,
)
def test_a_rule_may_say_which_of_its_ranges_delays_it(annotations: dict[str, str], seconds: float) -> None:
    assert window("count_over_time(a[600s]) unless count_over_time(a[8s])", annotations) == seconds


@pytest.mark.parametrize(
    ("text", "hold"),
    [
        ("interval=15s window=300s hold=2m group_wait=5s", 120.0),
        ("", None),
        ("hold=2m", None),
        ("nonsense", None),
    ],
)
def test_what_production_waits_for_is_read_from_the_rule(text: str, hold: float | None) -> None:
    there = elsewhere(text)
    assert (there.hold if there else None) == hold


def alerting(*instances: dict[str, str], **labels: str) -> Alerting:
    rule = LoadedRule(
        alert="A",
        expr="rate(a[15s]) > 1",
        hold=3.0,
        labels={"severity": "critical", **labels},
        health="ok",
        error="",
        interval=2.0,
    )
    sure = {**rule.fixed_labels, "alertname": "A"}
    return Alerting(
        rule,
        Instance(sure, all_known=False),
        tuple(Instance({**one, **sure}, all_known=True) for one in instances),
    )


def test_a_prediction_adds_up_stage_by_stage() -> None:
    seen = predict(alerting(), OURS, interval=2.0)
    assert [(stage.name, stage.seconds) for stage in seen.stages] == [
        ("scrape and evaluate", 4.0),
        ("window", 15.0),
        ("hold", 4.0),
        ("group wait", 1.0),
    ]
    assert seen.at_least == 4.0


@pytest.mark.parametrize(
    ("instances", "at_least", "group_wait"),
    [
        ([{"job": "api"}], 303.0, 300.0),
        ([{"job": "db"}], 4.0, 1.0),
        ([{"job": "db"}, {"job": "api"}], 4.0, 300.0),
        # Without any series it may be either.
        ([], 4.0, 300.0),
    ],
)
def test_a_prediction_goes_by_the_routes_of_the_instances(
    instances: list[dict[str, str]], at_least: float, group_wait: float
) -> None:
    routes = Routes.read(
        "route: {receiver: x, group_wait: 1s, group_by: ['...'],"
        " routes: [{matchers: [job=api], group_wait: 5m}]}"
    )
    seen = predict(alerting(*instances), routes, interval=2.0)
    assert (seen.at_least, seen.stages[-1].seconds) == (at_least, group_wait)


def test_a_severity_that_is_a_template_is_none_of_the_rules_own() -> None:
    assert predict(alerting(severity="{{ $labels.x }}"), OURS, interval=2.0).severity == ""


@pytest.mark.parametrize(
    ("group_by", "worst"),
    [("['...']", 1.0), ("[alertname]", 40.0), ("[alertname, job]", 40.0), ("[]", 40.0)],
)
def test_only_a_group_of_its_own_never_waits_for_another_alerts_turn(group_by: str, worst: float) -> None:
    routes = Routes.read(f"route: {{receiver: x, group_wait: 1s, group_interval: 40s, group_by: {group_by}}}")
    assert routes.waits({"alertname": "A", "job": "api"}) == (1.0, worst)


def test_where_a_label_is_not_known_all_routes_that_it_may_open_count() -> None:
    routes = Routes.read(
        """
route:
  receiver: root
  routes:
    - {receiver: other, matchers: [severity=warning, job=api]}
    - {receiver: api, matchers: [severity=critical, job=api]}
    - receiver: critical
      matchers: [severity=critical]
      routes: [{receiver: quiet, matchers: [team!=shop]}]
    - {receiver: rest}
"""
    )

    def ends(**labels: str) -> tuple[list[str], bool]:
        found = routes.ends(labels, all_known=False)
        return [route.receiver for route in found.routes], found.decided

    assert ends() == (["other", "api", "quiet", "critical", "rest"], False)
    assert ends(severity="critical") == (["api", "quiet", "critical"], False)
    assert ends(severity="critical", job="db", team="shop") == (["critical"], True)
    assert ends(severity="none") == (["rest"], True)
    assert [route.receiver for route in routes.taken({"severity": "critical"})] == ["quiet"]


def test_a_plan_may_touch_only_what_it_is_allowed_to() -> None:
    forbidden = EXPERIMENT.model_copy(
        update={
            "faults": Experiment.model_validate(
                {"name": "x", "title": "x", "faults": [{"fault": "service-kill", "service": "postgre"}]}
            ).faults
        }
    )
    check_plan(plan())
    with pytest.raises(BadInput, match=r"service-kill may not touch 'postgre'.*did you mean 'postgres'"):
        check_plan(plan(forbidden))


def test_a_panel_must_exist() -> None:
    panels = Experiment.model_validate(
        {
            "name": "x",
            "title": "x",
            "panels": [{"dashboard": "system", "panel": "Error Rat", "expect": "stay"}],
        }
    )
    with pytest.raises(
        BadInput, match="unknown panel 'system / Error Rat'; did you mean 'system / Error Rate'"
    ):
        check_plan(plan(panels))
