"""From names to a plan: everything that will be done, fixed before it begins."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from simulator.faults import FaultRecord, fault_named
from simulator.plan.catalogue import Catalogue
from simulator.plan.fit import fitted
from simulator.plan.models import Apart, Experiment, Panel, Plan, StackFacts
from simulator.plan.panels import read_panels
from simulator.plan.policy import TODAY
from simulator.plan.rules import Rule, read_rules
from simulator.plan.system import SystemFacts
from simulator.plan.waves import footprint, waves
from simulator.safety.nets import NetName

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "simulator" / "erpgo" / "scenarios"
RULES = ROOT / "simulator" / "erpgo" / "stack" / "prometheus" / "rules" / "staging.yaml"
DASHBOARDS = ROOT / "simulator" / "erpgo" / "stack" / "grafana" / "dashboards"


@dataclass(frozen=True)
class Wish:
    """What a run is asked for: a game day or an experiment, and how.

    Each experiment is run `repeat` times. `observe` is for those without a fault: how long the quiet is watched, in
    seconds; None: as long as their files say.
    """

    name: str
    seed: int = 1
    repeat: int = 1
    observe: float | None = None
    without: tuple[NetName, ...] = ()
    """The nets it opts out of."""


def build_plan(wish: Wish, stack: StackFacts, system: SystemFacts, now: datetime) -> Plan:
    """The plan of a game day, or of a single experiment, on a system.

    Raises:
        BadInput: an unknown name, a file that does not validate, a dashboard that cannot be read.
    """
    game_day, found = Catalogue.of(SCENARIOS).resolve(wish.name)
    experiments = tuple(
        _watched_for(fitted(one, stack.judged, sends_traffic=stack.sends_traffic), wish.observe)
        for one in found
    )
    panels = read_panels(DASHBOARDS, stack.scrape_interval)
    stack = stack.model_copy(update={"nets": stack.nets.model_copy(update={"without": wish.without})})
    rules = read_rules(RULES)
    together, apart = (
        _waves(experiments, panels, rules, system) if game_day.together else (_alone(experiments), ())
    )
    plan = Plan(
        run=f"{now:%Y%m%d-%H%M%S}-{game_day.name}",
        game_day=game_day.name,
        seed=wish.seed,
        simulator_version=version("erpgo-simulator"),
        stack=stack,
        system=system,
        experiments=experiments,
        panels=panels,
        waves=together,
        repeat=wish.repeat,
        apart=apart,
        policy=TODAY,
    )
    return plan.model_copy(update={"lower_bound": _lower_bound(plan, rules)})


def _watched_for(experiment: Experiment, observe: float | None) -> Experiment:
    if observe is None or experiment.faults:
        return experiment
    return experiment.model_copy(update={"observe": observe})


def _alone(experiments: tuple[Experiment, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((experiment.name,) for experiment in experiments)


def _waves(
    experiments: tuple[Experiment, ...],
    panels: tuple[Panel, ...],
    rules: Sequence[Rule],
    system: SystemFacts,
) -> tuple[tuple[tuple[str, ...], ...], tuple[Apart, ...]]:
    drawn = {(panel.dashboard, panel.title): panel for panel in panels}
    return waves([footprint(experiment, rules, drawn, system) for experiment in experiments])


def injection_phase(plan: Plan, experiment: Experiment, round_: int) -> float:
    """Seconds between quiet and injection: anywhere between two scrapes, the same for the same seed and run.

    Faults that always came right after a scrape would make every alert look fast, or slow.
    """
    chance = random.Random(f"{plan.seed}/{plan.run}/{experiment.name}/{round_}")  # noqa: S311  no secret
    return chance.uniform(0, plan.stack.scrape_interval)


def _lower_bound(plan: Plan, rules: Sequence[Rule]) -> float:
    """See `Plan.lower_bound`."""
    settled = plan.policy.window + 2 * plan.stack.scrape_interval
    return plan.repeat * sum(
        max(one.observe for one in wave) + max([settled, *(_resolves(one, rules) for one in wave)])
        for wave in ([plan.experiment(name) for name in names] for names in plan.waves)
    )


def _resolves(experiment: Experiment, rules: Sequence[Rule]) -> float:
    """How long the alerts that it must fire take to be quiet again."""
    known = [rule.identity for rule in rules]
    wanted = [experiment.identity(must, known) for must in experiment.must]
    return max(
        (rule.resolves for rule in rules if any(one.agrees(rule.identity) for one in wanted)), default=0.0
    )


def plan_faults(plan: Plan, experiment: Experiment, round_: int) -> tuple[FaultRecord, ...]:
    """The records of an experiment's faults in one round, in the order in which they are injected."""
    return tuple(
        fault_named(settings.fault).plan(settings, fault_id(plan.run, f"{experiment.name}/{round_}", index))
        for index, settings in enumerate(experiment.faults)
    )


def fault_id(run: str, occasion: str, index: int) -> str:
    """A tag that is unique over runs, short enough for a PostgreSQL application name, safe as a file's name."""
    digest = hashlib.sha256(f"{run}/{occasion}/{index}".encode()).hexdigest()[:12]
    return f"simulator-{digest}"
