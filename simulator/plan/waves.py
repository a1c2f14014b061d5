"""Which experiments may run at the same time: worked out from the plan and the rules, before anything is injected.

Two may when they touch no service in common, could fire no alert in common, and neither moves or takes away a metric
that the other relies on. Otherwise one of them waits for quiet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.plan.identity import Identity
from simulator.plan.models import EVIDENCE, Apart, Experiment, Panel
from simulator.plan.promql import metrics
from simulator.plan.rules import Rule
from simulator.plan.system import SystemFacts

MOST_TOGETHER = 5
"""So many that a page can still be told from the others', and that two cores carry what they all do."""


@dataclass(frozen=True)
class Footprint:
    """What an experiment touches, may fire, moves, relies on, and takes away."""

    experiment: str
    alone: str
    """Why nothing may run beside it; empty when something may."""
    services: frozenset[str]
    must: frozenset[Identity]
    """Alerts it is judged by."""
    may: frozenset[Identity]
    """All alerts it may fire, those it must included, and warnings that they would inhibit."""
    moves: frozenset[str]
    """The metrics of the alerts it must fire and the panels it must move, and those it names besides."""
    relies_on: frozenset[str]
    """The same, and those without which its fault would not bite."""
    takes_away: tuple[str, ...]
    """Prefixes of metrics."""


def footprint(
    experiment: Experiment,
    rules: Sequence[Rule],
    panels: Mapping[tuple[str, str], Panel],
    system: SystemFacts,
) -> Footprint:
    """The footprint of one experiment on a system."""
    known = [rule.identity for rule in rules]
    must = frozenset(experiment.identity(wanted, known) for wanted in experiment.must)
    may = must | {tolerated.named for tolerated in experiment.may}
    wanted = [rule.expr for rule in rules if any(alert.agrees(rule.identity) for alert in must)]
    wanted += [
        target.expr
        for panel in experiment.panels
        if (panel.dashboard, panel.panel) in panels
        for target in panels[panel.dashboard, panel.panel].targets
    ]
    judged_by = frozenset(metric for expr in wanted for metric in metrics(expr))
    # Whether a target is up is moved by what upsets it, and by nothing else.
    moved = {metric for metric in judged_by if not metric.startswith("up{")} | set(experiment.moves)
    needed = [metric for expr in experiment.needs.known for metric in metrics(expr)]
    needed += [
        metric
        for name, least in experiment.needs.counted.items()
        if least
        for metric in system.counters.get(name, ())
    ]
    upset = sorted({fault.upsets for fault in experiment.faults if fault.upsets})
    return Footprint(
        experiment=experiment.name,
        alone=_alone(experiment),
        services=frozenset(fault.touches for fault in experiment.faults if fault.touches),
        must=must,
        may=may | {warning for alert in may for warning in _inhibited(alert, rules)},
        moves=frozenset(moved),
        relies_on=judged_by | moved | frozenset(needed),
        takes_away=tuple(prefix for service in upset for prefix in system.metrics.get(service, ("",))),
    )


def waves(footprints: Sequence[Footprint]) -> tuple[tuple[tuple[str, ...], ...], tuple[Apart, ...]]:
    """Each experiment in the first wave that has room for it, in the order given; and what kept it out of earlier ones."""
    made: list[list[Footprint]] = []
    apart: list[Apart] = []
    for one in footprints:
        for wave in made:
            kept = next(
                (
                    Apart(one=one.experiment, other=two.experiment, because=why)
                    for two in wave
                    if (why := overlap(one, two))
                ),
                None,
            )
            if kept is None and len(wave) < MOST_TOGETHER:
                wave.append(one)
                break
            if kept is not None:
                apart.append(kept)
        else:
            made.append([one])
    return tuple(tuple(one.experiment for one in wave) for wave in made), tuple(apart)


def overlap(one: Footprint, two: Footprint) -> str:
    """Why the two may not run at the same time; empty when they may."""
    for side in (one, two):
        if side.alone:
            return f"{side.experiment}: {side.alone}"
    if shared := one.services & two.services:
        return f"both touch {', '.join(sorted(shared))}"
    for mover, other in ((one, two), (two, one)):
        if alike := sorted({str(b) for a in mover.may for b in other.must if a.agrees(b)}):
            return f"{mover.experiment} may fire or inhibit {', '.join(alike)}, by which {other.experiment} is judged"
        if other.relies_on and (open_ := sorted(one for one in mover.moves if one.startswith("{"))):
            return f"{mover.experiment} moves {open_[0]}, which may be any metric"
        if shared := mover.moves & other.relies_on:
            return f"{mover.experiment} moves {', '.join(sorted(shared))}, which {other.experiment} relies on"
        # A selector in braces names no metric: it may be any.
        gone = (*mover.takes_away, "{") if mover.takes_away else ("\0",)
        lost = sorted(metric for metric in other.relies_on if metric.startswith(gone))
        if lost:
            return f"{mover.experiment} takes away {lost[0]}, which {other.experiment} relies on"
    return ""


def _inhibited(alert: Identity, rules: Sequence[Rule]) -> Iterator[Identity]:
    """The warnings that a critical alert holds back: those of its family and service."""
    for source in rules:
        if not alert.agrees(source.identity) or source.fixed_labels.get("severity") != "critical":
            continue
        for rule in rules:
            if rule.fixed_labels.get("severity") == "warning" and _kin(rule) == _kin(source) != ("", ""):
                yield rule.identity


def _kin(rule: Rule) -> tuple[str, str]:
    """What two rules must have in common for one to inhibit the other; nothing for a rule without a family."""
    family = rule.fixed_labels.get("family", "")
    return (family, rule.fixed_labels.get("service", "")) if family else ("", "")


def _alone(experiment: Experiment) -> str:
    if not experiment.faults:
        return "a control is for quiet"
    if experiment.panels_stay:
        return "every other panel must stay"
    needed = {fault.touches for fault in experiment.faults} & EVIDENCE
    if needed:
        return f"it harms {', '.join(sorted(needed))}, which all others need"
    if any(
        fault.touches == "" and fault.fault == "workload" and _everywhere(fault)
        for fault in experiment.faults
    ):
        return "it changes all traffic"
    return ""


def _everywhere(fault: object) -> bool:
    return getattr(fault, "switch", "") in ("surge", "stop-traffic")
