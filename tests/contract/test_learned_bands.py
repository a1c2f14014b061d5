"""No shipped experiment is decided by what a band happens to have learned."""

import re

import pytest

from simulator.base.loader import load
from simulator.erpgo.files import SCENARIOS
from simulator.erpgo.stack.prometheus.model import AlertRule
from simulator.erpgo.stack.prometheus.rules import STAGING
from simulator.plan.catalogue import Catalogue
from simulator.plan.models import Experiment

EXPERIMENTS = [load(path, Experiment) for path in Catalogue.of(SCENARIOS).experiments.values()]
BAND = re.compile(r"band:\w+:\w+")
ON_BANDS = {rule.name: BAND.findall(rule.expr)[0] for rule in STAGING.alerts if BAND.search(rule.expr)}
FIXED = {
    "ResponseTimeAboveBand": {"HighResponseTime", "CriticalResponseTime"},
    "OrderRateBelowBand": {"LowOrderRate"},
    "RevenueCollapse": {"LowOrderRate"},
    "LoginFailuresAboveBand": set[str](),
}
"""The alerts with a limit of their own on what a band watches: who may reach that limit may cross the band on the way."""
FAILS_LOGINS = "credential-stuffing"
each_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)


def named(experiment: Experiment) -> set[str]:
    """All alerts it may fire."""
    return {one.alert for one in experiment.must if one.expect != "quiet"} | {
        one.alert for one in experiment.may
    }


def left_to(rule: AlertRule) -> set[str]:
    """The alerts on causes that silence this one."""
    return {name for cause in rule.unless for name in re.findall(r'alertname="(\w+)"', cause.in_production)}


def silenced(alert: str, experiment: Experiment) -> bool:
    pages = {one.alert for one in experiment.must if one.expect == "notified"}
    return bool(left_to(STAGING.alert(alert)) & pages)


def test_every_alert_on_a_band_is_looked_at_here() -> None:
    assert ON_BANDS.keys() == FIXED.keys()


@each_experiment
def test_one_that_is_judged_by_a_band_says_how_narrow_it_must_be(experiment: Experiment) -> None:
    """With a band that was only learned, a restless hour would make the alert miss what it is to see."""
    for wanted in experiment.must:
        band = ON_BANDS.get(wanted.alert)
        if band is None:
            continue
        bounds = [expr for expr in experiment.needs.known if re.match(rf"{band} [<>] ", expr)]
        assert bounds, f"{wanted.alert}: needs.known has to bound {band}"


@each_experiment
def test_one_that_may_reach_a_fixed_limit_may_cross_the_band_below_it(experiment: Experiment) -> None:
    for alert, limits in FIXED.items():
        reaches = named(experiment) & limits
        if reaches and not silenced(alert, experiment):
            assert alert in named(experiment), f"{sorted(reaches)} without {alert}: history would decide"


@each_experiment
def test_one_that_makes_logins_fail_names_their_band(experiment: Experiment) -> None:
    if any(getattr(fault, "switch", "") == FAILS_LOGINS for fault in experiment.faults):
        assert "LoginFailuresAboveBand" in named(experiment)


@each_experiment
def test_none_tolerates_what_its_cause_silences(experiment: Experiment) -> None:
    tolerated = {one.alert for one in experiment.may} & ON_BANDS.keys()
    assert [alert for alert in sorted(tolerated) if silenced(alert, experiment)] == []
