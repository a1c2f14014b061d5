"""From names to a plan: everything that will be done, fixed before it begins."""

import hashlib
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from simulator.faults import FaultRecord, fault_named
from simulator.plan.loader import Catalogue
from simulator.plan.models import Experiment, Plan, StackFacts
from simulator.plan.panels import read_panels

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
RULES = ROOT / "stack" / "prometheus" / "rules" / "staging.yaml"
DASHBOARDS = ROOT / "stack" / "grafana" / "dashboards"


def build_plan(name: str, stack: StackFacts, seed: int, now: datetime) -> Plan:
    """The plan of a game day or of a single experiment.

    Raises:
        BadInput: an unknown name, a file that does not validate, a dashboard that cannot be read.
    """
    game_day, experiments = Catalogue.of(SCENARIOS).resolve(name)
    return Plan(
        run=f"{now:%Y%m%d-%H%M%S}-{game_day.name}",
        game_day=game_day.name,
        seed=seed,
        simulator_version=version("erpgo-simulator"),
        stack=stack,
        experiments=experiments,
        panels=read_panels(DASHBOARDS, stack.scrape_interval),
    )


def plan_faults(plan: Plan, experiment: Experiment) -> tuple[FaultRecord, ...]:
    """The records of an experiment's faults, in the order in which they are injected."""
    return tuple(
        fault_named(settings.fault).plan(settings, fault_id(plan.run, experiment.name, index))
        for index, settings in enumerate(experiment.faults)
    )


def fault_id(run: str, experiment: str, index: int) -> str:
    """A tag that is unique over runs, short enough for a PostgreSQL application name, safe as a file's name."""
    digest = hashlib.sha256(f"{run}/{experiment}/{index}".encode()).hexdigest()[:12]
    return f"simulator-{digest}"


def planned_seconds(plan: Plan) -> float:
    """A lower bound on how long the plan takes: observation alone."""
    return sum(experiment.observe for experiment in plan.experiments)
