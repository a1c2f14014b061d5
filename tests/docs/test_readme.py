import re
from pathlib import Path

import pytest

from simulator.errors import ExitCode
from simulator.loader import load
from simulator.plan.build import DASHBOARDS
from simulator.plan.models import Experiment
from simulator.plan.panels import read_panels
from stack.supervisor.site import PORTS
from tests.docs.pages import ROOT, page

README = page("README.md")
RULES = (ROOT / "stack/prometheus/rules/staging.yaml").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path: Path) -> Experiment:
    """The experiment that the README writes."""
    path = tmp_path / "redis-hung.yaml"
    path.write_text(README.blocks("yaml")[0], encoding="utf-8")
    return load(path, Experiment)


def test_the_example_names_what_exists(example: Experiment) -> None:
    severities = dict(re.findall(r"- alert: (\w+).*?severity: (\w+)", RULES, re.DOTALL))
    panels = {(panel.dashboard, panel.title) for panel in read_panels(DASHBOARDS, scrape_interval=2.0)}
    assert {alert.alert: alert.severity for alert in example.must}.items() <= severities.items()
    assert {alert.alert for alert in example.may} <= severities.keys()
    assert {(panel.dashboard, panel.panel) for panel in example.panels} <= panels
    assert {fault.touches for fault in example.faults} <= PORTS.keys()


def test_exit_codes_are_all_named_in_the_order_in_which_they_apply() -> None:
    codes = re.findall(r"^\| (\d+) \|", README.text, re.MULTILINE)
    assert codes == [str(int(code)) for code in ExitCode]


def test_the_picture_is_small_enough_to_load() -> None:
    (picture,) = re.findall(r"!\[.+\]\((.+)\)", README.text)
    assert (ROOT / picture).stat().st_size < 300_000
