"""A runbook for each family, each alert in it, and the experiment that proves it."""

import re

import pytest

from simulator.base.loader import load
from simulator.erpgo.files import SCENARIOS
from simulator.erpgo.stack.prometheus.model import AlertRule
from simulator.erpgo.stack.prometheus.rules import STAGING
from simulator.history.coverage import SHOWN_BY
from simulator.plan.catalogue import Catalogue
from simulator.plan.models import Experiment
from tests.docs.pages import ROOT

FOLDER = ROOT / "docs" / "runbooks"
CATALOGUE = Catalogue.of(SCENARIOS)
FAMILIES = sorted({rule.family for rule in STAGING.alerts})
PROVEN = re.compile(r"^- ([A-Za-z, ]+): (.*(?:\n  .*)*)", re.MULTILINE)
NO_EXPERIMENT = {"SimulatorCanary"}
"""Proven by every run."""


def proofs(family: str) -> dict[str, str]:
    """What a runbook says proves each of its alerts."""
    _, _, after = (FOLDER / f"{family}.md").read_text(encoding="utf-8").partition("## Proven by")
    return {alert: how for alerts, how in PROVEN.findall(after) for alert in alerts.split(", ")}


def test_there_is_one_for_each_family_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == FAMILIES


@pytest.mark.parametrize("rule", STAGING.alerts, ids=lambda rule: rule.name)
def test_what_proves_an_alert_wants_something_of_it(rule: AlertRule) -> None:
    how = proofs(rule.family)[rule.name]
    named = [name for name in re.findall(r"`([a-z0-9-]+)`", how) if name in CATALOGUE.experiments]
    if rule.name in NO_EXPERIMENT:
        return
    assert named, f"{rule.name}: no experiment is named in {how!r}"
    experiments = [load(CATALOGUE.experiments[name], Experiment) for name in named]
    wanted = SHOWN_BY.get(rule.name, rule.name)
    assert any(wanted == must.alert for one in experiments for must in one.must), how


@pytest.mark.parametrize("rule", STAGING.alerts, ids=lambda rule: rule.name)
def test_the_hold_it_names_is_the_rules(rule: AlertRule) -> None:
    """Where a runbook says how long an alert waits in staging, it says what is loaded."""
    text = (FOLDER / f"{rule.family}.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"\n## {rule.name}\n")
    part = " ".join(after.partition("\n## ")[0].split())
    said = re.search(r"Staging looks back (\d+) (s|min) and waits (\d+) s", part)
    if said is not None:
        window = int(said[1]) * (60 if said[2] == "min" else 1)
        assert (window, int(said[3])) == (rule.window, rule.hold), part
