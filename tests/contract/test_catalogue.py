"""Every rule and every panel has an experiment, and what is said of them is true of what is loaded."""

import pytest

from simulator.base.loader import load
from simulator.erpgo.files import DASHBOARDS, RULES, SCENARIOS
from simulator.erpgo.stack.prometheus.rules import STAGING
from simulator.faults import faults
from simulator.history.coverage import EVERY_RUN, SHOWN_BY, Coverage, coverage
from simulator.plan.catalogue import Catalogue
from simulator.plan.models import Experiment, GameDay
from simulator.plan.panels import read_panels
from simulator.plan.policy import CANARY
from simulator.plan.rules import read_rules

CATALOGUE = Catalogue.of(SCENARIOS)
EXPERIMENTS = [load(path, Experiment) for path in CATALOGUE.experiments.values()]
PANELS = read_panels(DASHBOARDS, 2.0)
each_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)


def covered() -> Coverage:
    return coverage(read_rules(RULES), PANELS, sorted(faults()), EXPERIMENTS, [])


def test_every_rule_and_every_panel_has_an_experiment() -> None:
    assert covered().unplanned == ()


def test_every_fault_has_an_experiment_but_those_that_only_harm() -> None:
    without = {one.name for one in covered().faults if not one.planned}
    assert without <= ONLY_BY_HAND


ONLY_BY_HAND = {
    *("bandwidth-limit", "container-kill", "container-oom", "container-stop", "cpu-throttle"),
    *("network-delay", "network-loss", "service-hang"),
    *("command", "http-hook"),
}
"""Variants of faults that have one, and those that only somebody's own system has: for game days of one's own."""


@each_experiment
def test_its_alerts_are_loaded_with_the_severity_it_names(experiment: Experiment) -> None:
    severities = {rule.name: rule.severity for rule in STAGING.alerts}
    for wanted in experiment.must:
        if wanted.by == "receiver":
            assert wanted.alert in SHOWN_BY.values()
            continue
        assert severities[wanted.alert] == wanted.severity
    for tolerated in experiment.may:
        assert tolerated.alert in {*severities, *SHOWN_BY.values()}


@each_experiment
def test_its_panels_and_series_exist(experiment: Experiment) -> None:
    for wanted in experiment.panels:
        panel = next(
            each for each in PANELS if (each.dashboard, each.title) == (wanted.dashboard, wanted.panel)
        )
        legends = {target.legend for target in panel.targets}
        assert not wanted.series or wanted.series in legends or any("{{" in legend for legend in legends)


@each_experiment
def test_a_warning_is_proven_where_critical_does_not_hide_it(experiment: Experiment) -> None:
    for wanted in experiment.must:
        rule = STAGING.alerts[0] if wanted.by == "receiver" else STAGING.alert(wanted.alert)
        if wanted.expect != "notified" or rule.severity != "warning":
            continue
        rivals = {
            other.name
            for other in STAGING.alerts
            if other.severity == "critical" and (other.family, other.service) == (rule.family, rule.service)
        }
        fired = {other.alert for other in experiment.must if other.expect == "notified"}
        assert not rivals & fired, f"{wanted.alert} would be inhibited"


def test_the_full_sweep_runs_everything_that_proves_a_rule_or_panel_here() -> None:
    sweep = set(load(CATALOGUE.game_days["full-sweep"], GameDay).experiments)
    for one in (*covered().alerts, *covered().panels):
        if one.planned != (EVERY_RUN,) and not set(one.planned) <= BEYOND:
            assert sweep & set(one.planned), one.name


BEYOND = {"grafana-killed", "loki-killed", "promtail-killed"}
"""Only where these services are."""


def test_the_canary_is_every_runs() -> None:
    (canary,) = (one for one in covered().alerts if one.name == CANARY)
    assert canary.planned == (EVERY_RUN,)
