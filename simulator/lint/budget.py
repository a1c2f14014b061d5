"""The budget of every alert: how long it takes by each route, at best, as a rule and at worst, and how much of that is promised."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import promql_parser

from simulator.lint.carried import Carried
from simulator.lint.estate import Estate
from simulator.lint.files.prometheus import Job
from simulator.lint.files.rules import Rule
from simulator.lint.problems import Place
from simulator.lint.syntax import ABSENT, Selector, always_there, bare, inputs, threshold_of_ratio
from simulator.plan.latency import Timing, total
from simulator.plan.promql import fills, widest, written_window
from simulator.preflight.routing import Ends, Route

PEER_TIMEOUT = 15.0
"""Seconds that each of several Alertmanagers leaves to the one before it (`--cluster.peer-timeout`, its default)."""
NOTIFIED, NOTIFIED_LATE = 0.1, 1.0
"""Seconds that a notification takes, as a rule and at worst: assumed, no file says it. To a webhook near by it took 1 to 8 ms."""
_OWN = ("ALERTS", "ALERTS_FOR_STATE")
"""Prometheus's own series: nobody scrapes them."""


@dataclass(frozen=True)
class Row:
    """One alert by one route."""

    rule: Rule
    severity: str
    route: Route | None
    """None: nobody said whom Alertmanager tells."""
    within: float | None
    """Seconds that are promised."""
    timing: Timing
    bound: bool
    """The window is all that is known of the expression: it may be true much sooner."""

    @property
    def receiver(self) -> str:
        return "" if self.route is None else self.route.receiver

    @property
    def best(self) -> float:
        """Seconds, as the next two."""
        return total(self.timing.best)

    @property
    def typical(self) -> float:
        return total(self.timing.typical)

    @property
    def worst(self) -> float:
        return total(self.timing.worst)

    @property
    def quiet(self) -> float:
        """Seconds from the end of the fault to the notification of that, at worst."""
        return total(self.timing.quiet)


@lru_cache(maxsize=1)  # three checks and the table ask for those of one estate
def budgets(estate: Estate) -> tuple[Row, ...]:
    """A row for each alert and each route that it may take; none for what always fires."""
    alerts = [rule for rule in estate.alerts if not always_there(rule.tree)]
    return tuple(row for rule in alerts for row in _rows(estate, rule))


def _rows(estate: Estate, rule: Rule) -> Iterator[Row]:
    labels = estate.labels[rule.place]
    own = _notified(estate, _timing(estate, rule))
    severity = labels.sure.get(estate.promised.label, "")
    row = Row(
        rule=rule,
        severity=severity,
        route=None,
        within=estate.promised.of(labels.sure),
        timing=own,
        bound=own.window > 0 and own.threshold is None and not own.must_empty,
    )
    ends = ends_of(estate, rule)
    if ends is None:
        yield row
        return
    for route in ends.routes:
        if not estate.alertmanager or estate.alertmanager.receivers[route.receiver].kinds:
            grouped = replace(
                own,
                group_wait=route.group_wait,
                group_interval=route.group_interval,
                joins=_may_join(estate, rule, labels, route),
            )
            yield replace(row, route=route, timing=grouped)


def _notified(estate: Estate, timing: Timing) -> Timing:
    """With what the last stage costs, where there is one."""
    if estate.alertmanager is None:
        return timing
    managers = estate.prometheus.managers if estate.prometheus else None
    peers = PEER_TIMEOUT * (max(1, managers or 1) - 1)
    return replace(timing, peers=peers, notify=NOTIFIED, notify_late=NOTIFIED_LATE)


def ends_of(estate: Estate, rule: Rule) -> Ends | None:
    """The routes that an alert may end in; None where no routes are known."""
    routes = estate.alertmanager.routes if estate.alertmanager else None
    if routes is None:
        return None
    known = estate.labels[rule.place]
    asked = {matcher.label for route in every(routes.root) for matcher in route.matchers}
    absent = {label: "" for label in asked if not known.may_have(label)}
    return routes.ends({**absent, **known.sure}, all_known=False)


def every(route: Route) -> Iterator[Route]:
    """A route, and all below it."""
    yield route
    for child in route.children:
        yield from every(child)


def _may_join(estate: Estate, rule: Rule, labels: Carried, route: Route) -> bool:
    """Whether another alert can be in its group: of its own rule, or of another."""
    if "..." in route.group_by:
        return False
    alone = labels.only is not None and labels.only <= labels.sure.keys()
    return not (alone and estate.named[rule.name] == 1 and "alertname" in route.group_by)


@dataclass(frozen=True)
class _Fed:
    """What has to happen before a series has a new sample. All in seconds."""

    scrape: float = 0.0
    timeout: float = 0.0
    recording: float = 0.0
    window: float = 0.0
    empties: float = 0.0


def _timing(estate: Estate, rule: Rule) -> Timing:
    fed = _fed(estate, rule, rule.tree, frozenset())
    written = written_window(rule.annotations)
    offset = (
        rule.offset if rule.offset is not None else (estate.prometheus.offset if estate.prometheus else 0.0)
    )
    tree = bare(rule.tree)
    return Timing(
        scrape=fed.scrape,
        timeout=fed.timeout,
        evaluation=estate.interval(rule),
        offset=offset,
        recording=fed.recording,
        window=fed.window if written is None else written,
        empties=fed.empties if written is None else written,
        threshold=threshold_of_ratio(rule.tree),
        must_empty=isinstance(tree, promql_parser.Call) and tree.func.name in ABSENT,
        hold=rule.hold,
        keep_firing=rule.keep_firing,
    )


def _fed(estate: Estate, rule: Rule, tree: promql_parser.Expr, passed: frozenset[str]) -> _Fed:
    """What a rule's expression waits for: of all that it reads the slowest, stage by stage."""
    found = _Fed(window=fills(tree), empties=widest(tree))
    for selector in inputs(tree):
        recorded = [one for one in estate.recordings.get(selector.name, ()) if selector.name not in passed]
        if recorded:
            below = [_recorded(estate, rule, one, passed | {selector.name}) for one in recorded]
        elif selector.name in _OWN:
            below = []
        else:
            job = scraped_by(estate, selector)
            below = [] if job is None else [_Fed(scrape=job.interval, timeout=job.timeout)]
        for one in below:
            found = _Fed(
                max(found.scrape, one.scrape),
                max(found.timeout, one.timeout),
                max(found.recording, one.recording),
                max(found.window, one.window + (selector.window if found.window else 0.0)),
                max(found.empties, one.empties + selector.window),
            )
    return found


def _recorded(estate: Estate, reader: Rule, recording: Rule, passed: frozenset[str]) -> _Fed:
    """A recording in the reader's own group is computed just before it, and costs no interval."""
    below = _fed(estate, recording, recording.tree, passed)
    together = (recording.group, recording.place.file) == (reader.group, reader.place.file)
    waits = 0.0 if together else estate.interval(recording)
    return replace(below, recording=below.recording + waits)


def scraped_by(estate: Estate, selector: Selector) -> Job | None:
    """Who scrapes some series: of the jobs that the selector names the slowest, else what is usual; None: nobody knows."""
    if estate.prometheus is None:
        return None
    named = jobs_of(estate, selector)
    return max(named, key=lambda job: job.interval) if named else estate.prometheus.usual


def jobs_of(estate: Estate, selector: Selector) -> tuple[Job, ...]:
    """The jobs that a selector names by their label; none where it names none, or one that is not there."""
    if estate.prometheus is None or not selector.asks_for("job"):
        return ()
    return tuple(
        job for job in estate.prometheus.jobs if job.keeps_its_name and selector.fits("job", job.name)
    )


def place_of(estate: Estate, row: Row) -> Place:
    """Where a row's route begins, or its rule where there is no route."""
    if row.route is None or estate.alertmanager is None:
        return row.rule.place
    return estate.alertmanager.place_of(row.route)
