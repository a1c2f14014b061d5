"""What is there: the intervals, rules and dashboards of an attached system, asked of the system itself."""

import asyncio
import fnmatch
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.attached.reach import Reach
from simulator.attached.settings import AttachedSettings, Dashboards
from simulator.base.errors import BadInput, DoorError
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.grafana import Grafana
from simulator.doors.labels import SeverityLabel
from simulator.doors.prometheus import LoadedRule, Prometheus, ScrapeTarget
from simulator.plan.judged import Judged
from simulator.plan.models import Panel
from simulator.plan.panels import Drawn, Reader
from simulator.plan.rules import Rule, rule_of
from simulator.preflight.routing import Routes

SLACK = 60.0
"""Seconds beyond what rules and routes need by themselves for everything to be quiet again."""
Titled = tuple[str, Mapping[str, Any]]
"""A dashboard's title, and its JSON."""


@dataclass(frozen=True)
class Found:
    """What is there."""

    scrape_interval: float
    """Seconds: the slowest of the jobs that belong to the services, or of all where none does."""
    evaluation_interval: float
    """Seconds: the slowest of the judged rule groups."""
    recover_within: float
    """Seconds that the slowest judged alert takes to be told as resolved."""
    told_within: float
    """Seconds for which a route may hold what joins a group."""
    rules: tuple[Rule, ...]
    panels: tuple[Panel, ...]
    notes: tuple[str, ...]
    """What could not be read, one line each."""


async def survey(settings: AttachedSettings, judged: Judged, reach: Reach) -> Found:
    """Ask Prometheus, Alertmanager and Grafana.

    Raises:
        BadInput: no rule is judged, or a file of a dashboard cannot be read.
        DoorError: one of them does not answer.
    """
    prometheus = Prometheus(reach.api(settings.prometheus))
    alertmanager = Alertmanager(reach.api(settings.alertmanagers[0]))
    try:
        targets, loaded, configuration = await asyncio.gather(
            prometheus.targets(), prometheus.rules(), alertmanager.configuration()
        )
    finally:
        await prometheus.close()
        await alertmanager.close()
    mine = [rule for rule in loaded if is_mine(rule, settings.rules.groups)]
    if not mine:
        groups = ", ".join(sorted({rule.group for rule in loaded})) or "none"
        raise BadInput(
            f"environment {settings.name}: rules: groups: no alerting rule is in {', '.join(settings.rules.groups)};"
            f" Prometheus has {groups}"
        )
    severity = SeverityLabel(settings.alerts.severity_label)
    rules, notes = understood_rules(
        [rule.model_copy(update={"labels": severity.renamed(rule.labels)}) for rule in mine]
    )
    scrape = scrape_interval(targets, settings, judged)
    panels, left_out = await _panels(settings.dashboards, scrape, reach)
    routes = Routes.read(configuration, judged)
    return Found(
        scrape_interval=scrape,
        evaluation_interval=max(rule.interval for rule in mine),
        recover_within=max(one.resolves for one in rules) + routes.slowest + SLACK if rules else SLACK,
        told_within=routes.slowest,
        rules=rules,
        panels=panels,
        notes=(*notes, *left_out),
    )


def is_mine(rule: LoadedRule, groups: Iterable[str]) -> bool:
    """Whether the rule is in one of these groups."""
    return any(fnmatch.fnmatchcase(rule.group, pattern) for pattern in groups)


def understood_rules(loaded: Sequence[LoadedRule]) -> tuple[tuple[Rule, ...], list[str]]:
    """Those that can be read, and one line for each that cannot."""
    found: list[Rule] = []
    notes: list[str] = []
    for rule in loaded:
        try:
            found.append(
                rule_of(
                    rule.alert, rule.expr, rule.labels, rule.annotations, rule.keep_firing_for + rule.hold
                )
            )
        except ValueError as error:
            notes.append(f"rule {rule.alert} is not understood: {' '.join(str(error).split())[:200]}")
    return tuple(found), notes


def scrape_interval(targets: Sequence[ScrapeTarget], settings: AttachedSettings, judged: Judged) -> float:
    """What is scraped more seldom by jobs that have nothing to do with the services slows nobody down."""
    asked = [target for target in targets if not judged.may_be_down(target.labels)]
    mine = {job for service in settings.services.values() for job in service.jobs}
    of_services = [target.interval for target in asked if target.job in mine]
    return max(of_services or [target.interval for target in asked], default=15.0)


async def _panels(
    dashboards: Dashboards | None, scrape: float, reach: Reach
) -> tuple[tuple[Panel, ...], list[str]]:
    if dashboards is None:
        return (), []
    try:
        trees = await dashboards_of(dashboards, reach)
    except DoorError as error:
        # What it draws is asked of Prometheus: without it nothing is watched there, and that is said.
        return (), [f"no dashboard is watched: {error}"]
    drawn = drawn_by(trees, dashboards, scrape)
    return drawn.panels, list(drawn.left_out)


def drawn_by(trees: Iterable[Titled], dashboards: Dashboards, scrape: float) -> Drawn:
    """The panels of dashboards, where what they look at is scraped every so many seconds."""
    reader = Reader(scrape, dashboards.variables)
    found: list[Panel] = []
    notes: list[str] = []
    for name, tree in trees:
        try:
            drawn = reader.read(tree)
        except ValueError as error:
            notes.append(f"dashboard {name} is not understood: {error}")
            continue
        found += drawn.panels
        notes += drawn.left_out
    return Drawn(tuple(found), tuple(notes))


async def dashboards_of(dashboards: Dashboards, reach: Reach) -> list[Titled]:
    """Those of the folder, or of Grafana.

    Raises:
        BadInput: a file cannot be read.
        DoorError: Grafana does not answer.
    """
    if dashboards.directory is not None:
        return [(path.name, _read(path)) for path in sorted(dashboards.directory.glob("*.json"))]
    if dashboards.grafana is None:
        return []
    grafana = Grafana(reach.url(dashboards.grafana, dashboards.auth))
    try:
        found = await grafana.dashboards(dashboards.folder)
    finally:
        await grafana.close()
    return [(str(tree.get("title") or tree.get("uid")), tree) for tree in found]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: cannot be read as a dashboard: {error}") from None
    return tree if isinstance(tree, dict) else {}
