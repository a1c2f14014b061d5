"""Where a plan is carried out: ERPGo, watched by what comes with it."""

from simulator.erpgo.files import DASHBOARDS, RULES
from simulator.erpgo.system import ERPGO
from simulator.plan.build import Surroundings
from simulator.plan.models import StackFacts
from simulator.plan.panels import read_panels
from simulator.plan.rules import read_rules


def erpgo_with(facts: StackFacts) -> Surroundings:
    return Surroundings(facts, ERPGO.facts, read_rules(RULES), read_panels(DASHBOARDS, facts.scrape_interval))
