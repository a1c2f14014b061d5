"""From names to a plan: everything that will be done, fixed before it begins."""

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

from simulator.faults import FaultRecord, fault_named
from simulator.plan.catalogue import catalogue
from simulator.plan.fit import fitted
from simulator.plan.models import Apart, Experiment, Panel, Plan, StackFacts
from simulator.plan.panels import DASHBOARDS, with_own
from simulator.plan.policy import Policy, paced, patient
from simulator.plan.request import RunRequest
from simulator.plan.rules import Rule
from simulator.plan.system import SystemFacts
from simulator.plan.targets import named
from simulator.plan.waves import footprint, waves


@dataclass(frozen=True)
class Surroundings:
    """What a plan needs to know of where it is carried out, and of what watches it there."""

    stack: StackFacts
    system: SystemFacts
    rules: tuple[Rule, ...]
    panels: tuple[Panel, ...]


def build_plan(request: RunRequest, where: Surroundings, now: datetime) -> Plan:
    """The plan of a game day, or of a single experiment, on a system.

    Raises:
        BadInput: an unknown name, or a file that does not validate.
    """
    game_day, found = catalogue(request.scenarios).resolve(request.gameday)
    stack = where.stack
    experiments = tuple(
        _watched_for(fitted(one, stack.judged, sends_traffic=stack.sends_traffic), request.quiet_for)
        for one in (named(one, stack.offers) for one in found)
    )
    panels = with_own(request.scenarios / DASHBOARDS, where.panels, stack.scrape_interval)
    where = replace(where, panels=panels)
    nets = stack.nets.model_copy(update={"without": request.without})
    together, apart = _waves(experiments, where) if game_day.together else (_alone(experiments), ())
    plan = Plan(
        run=f"{now:%Y%m%d-%H%M%S}-{game_day.name}",
        game_day=game_day.name,
        seed=request.simulator_seed,
        simulator_version=version("erpgo-simulator"),
        stack=stack.model_copy(
            update={"nets": nets, "judged": stack.judged.keeping(sorted(_labels(experiments)))}
        ),
        system=where.system,
        experiments=experiments,
        panels=where.panels,
        waves=together,
        repeat=request.repeat,
        apart=apart,
        policy=_policy(stack, _widest(experiments, where.rules)),
    )
    return plan.model_copy(update={"lower_bound": _lower_bound(plan, where.rules)})


def _policy(stack: StackFacts, window: float) -> Policy:
    paced_ = paced(max(stack.scrape_interval, stack.evaluation_interval), window)
    held = stack.judged.told_within
    return paced_ if held is None else patient(paced_, held)


def _labels(experiments: Iterable[Experiment]) -> set[str]:
    """Those by which experiments tell alerts apart: without them an alert could not be recognised."""
    return {label for one in experiments for alert in one.names() for label, _ in alert.labels}


def _widest(experiments: Sequence[Experiment], rules: Sequence[Rule]) -> float:
    """Seconds: the widest window of the rules that these experiments are about."""
    known = [rule.identity for rule in rules]
    wanted = [one.identity(must, known) for one in experiments for must in one.must]
    return max(
        (rule.window for rule in rules if any(one.agrees(rule.identity) for one in wanted)), default=0.0
    )


def _watched_for(experiment: Experiment, quiet_for: float) -> Experiment:
    if not quiet_for or experiment.faults:
        return experiment
    return experiment.model_copy(update={"observe": quiet_for})


def _alone(experiments: tuple[Experiment, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((experiment.name,) for experiment in experiments)


def _waves(
    experiments: tuple[Experiment, ...], where: Surroundings
) -> tuple[tuple[tuple[str, ...], ...], tuple[Apart, ...]]:
    drawn = {(panel.dashboard, panel.title): panel for panel in where.panels}
    return waves([footprint(experiment, where.rules, drawn, where.system) for experiment in experiments])


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
