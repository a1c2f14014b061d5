import re

import pytest

from simulator.erpgo.files import DASHBOARDS, SCENARIOS
from simulator.erpgo.stack.supervisor.site import PORTS
from simulator.faults import faults
from simulator.observers import observers
from simulator.plan.catalogue import Catalogue
from simulator.plan.panels import read_panels
from simulator.report.registry import formats
from tests.docs.pages import ROOT, page

RULES = (ROOT / "simulator/erpgo/stack/prometheus/rules/staging.yaml").read_text(encoding="utf-8")
CATALOGUE = Catalogue.of(SCENARIOS)
PANELS = read_panels(DASHBOARDS, scrape_interval=2.0)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("docs/experiments.md", [f"`{name}`" for name in CATALOGUE.names()]),
        ("docs/faults.md", [f"## {name}" for name in faults()]),
        ("docs/observers.md", [f"`{source}`" for source in observers()]),
        ("docs/rules.md", re.findall(r"- alert: (\w+)", RULES)),
        ("docs/rules.md", [f"`{name}`" for name in re.findall(r"- record: (\S+)", RULES)]),
        ("docs/stack.md", [f"| {panel.title} |" for panel in PANELS]),
        ("docs/stack.md", [f"`{panel.dashboard}`" for panel in PANELS]),
        ("docs/stack.md", [f"`{service}`" for service in PORTS]),
        ("docs/report.md", [f"`{one.filename}`" for one in formats().values()]),
    ],
    ids=[
        "experiments",
        "faults",
        "observers",
        "alerts",
        "records",
        "panels",
        "boards",
        "services",
        "formats",
    ],
)
def test_everything_is_documented(where: str, names: list[str]) -> None:
    # In an entry of its own, and as a whole word: RedisDown is not documented by CriticalRedisDown in a sentence.
    entries = (
        "\n".join(line for line in page(where).text.splitlines() if line.startswith(("|", "#", "-"))) + "\n"
    )
    assert names
    assert [name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?![\w-])", entries)] == []
