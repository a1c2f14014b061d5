"""Every file, and every part of one, that the documentation prints is taken by the loader."""

import re
from pathlib import Path

import pytest

from simulator.erpgo.files import DASHBOARDS, RULES
from simulator.erpgo.stack.supervisor.site import PORTS
from simulator.plan.models import Experiment
from simulator.plan.panels import read_panels
from simulator.plan.rules import read_rules
from tests.docs.pages import pages
from tests.docs.printed import Printed, printed

PRINTED = tuple(printed())
SEVERITIES = {rule.alert: rule.labels["severity"] for rule in read_rules(RULES)}
PANELS = {(panel.dashboard, panel.title) for panel in read_panels(DASHBOARDS, scrape_interval=2.0)}


@pytest.mark.parametrize("one", PRINTED, ids=str)
def test_the_loader_takes_it(one: Printed, tmp_path: Path) -> None:
    assert isinstance(one.load(tmp_path), one.kind)


@pytest.mark.parametrize("one", [one for one in PRINTED if one.kind is Experiment and one.whole], ids=str)
def test_an_experiment_names_what_exists(one: Printed, tmp_path: Path) -> None:
    experiment = one.load(tmp_path)
    assert isinstance(experiment, Experiment)
    assert {alert.alert: alert.severity for alert in experiment.must}.items() <= SEVERITIES.items()
    assert {alert.alert for alert in experiment.may} <= SEVERITIES.keys()
    assert {(panel.dashboard, panel.panel) for panel in experiment.panels} <= PANELS
    assert {fault.touches for fault in experiment.faults} <= PORTS.keys()


def test_readme_and_docs_print_the_files_that_they_explain() -> None:
    """A reader that finds nothing would pass all of the above."""
    whole = {(str(one.page), one.kind.__name__) for one in PRINTED if one.whole}
    assert whole >= {("README.md", "Experiment"), ("docs/safety.md", "EnvironmentSettings")}
    assert any(not one.whole and str(one.page) == "docs/faults.md" for one in PRINTED)
    assert any("known" in one.text and not one.whole for one in PRINTED)


def test_yaml_is_marked_as_such() -> None:
    """In a block without a language no test would read it."""
    for page in pages():
        for language in ("", "text", "yml"):
            for block in page.blocks(language):
                assert not re.search(r"^(title|stack|faults|must): ", block, re.MULTILINE), f"{page}: {block}"
