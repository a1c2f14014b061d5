"""What a stretch of time has proven about alerts: attained, failed or unproven, against an objective.

Pure functions of records. The rules of honesty:

- One attempt is one alert that had to come, in one round of one run. Met and breached count; what was inconclusive stands
  beside them and is never dropped.
- Attempts are counted together only where alert, limit, environment and *that rule's* digest are equal.
- What is claimed is an exact bound (`bounds`), never the share that was seen.
- A page that never came takes for ever: it is the worst, and it moves the median.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from simulator.base.garbage import put_off
from simulator.base.percentile import percentile
from simulator.base.values import Value
from simulator.history.bounds import at_least, at_most, more_needed, proves
from simulator.history.coverage import LoadedCoverage, loaded_coverage
from simulator.history.record import FalsePage, Promise, RunRecord
from simulator.history.regress import Regression, regressions
from simulator.history.tries import Try, changed
from simulator.judge.verdict import Outcome

State = Literal["attained", "failed", "unproven"]
Latency = float | Literal["never"] | None
"""Seconds; `never` where the page did not come; None where nothing was tried."""
NEVER: Literal["never"] = "never"
IDLE_AFTER = 30 * 86_400.0
"""Seconds after which an alert that nothing has exercised is named."""


class Period(Value):
    """UTC seconds; the start belongs to it, the end does not."""

    start: float
    end: float

    def has(self, epoch: float) -> bool:
        return self.start <= epoch < self.end


class Point(Value):
    """One attempt, for drawing."""

    run: str
    epoch: float
    outcome: Outcome
    latency: float | None


class Attained(Value):
    """What is counted together, and what it proves."""

    environment: str
    alert: str
    severity: str
    promise: Promise
    limit: float
    rule: str
    """The digest of its rule; empty: not recorded."""
    met: int
    tried: int
    """Met and breached."""
    inconclusive: int
    at_least: float
    at_most: float
    """0..1: the bounds of the true share of pages that arrive in time, each right in 19 of 20 cases."""
    more: int | None
    """Pages in time that are still to be seen before the objective is attained; None: too many to wait for."""
    state: State
    median: Latency
    worst: Latency
    detected: float | None
    """Seconds to its firing, in the median."""
    production_met: int
    production_known: int
    """Of how many it is known what production's rules would have made, and how many of those pages would be in time."""
    production_median: float | None
    points: tuple[Point, ...]
    """In the order of time."""


class Shortfall(Value):
    """One page that did not come in time."""

    run: str
    journal_seal: str
    """Of that run's journal as it was reported; empty: not recorded."""
    epoch: float
    environment: str
    experiment: str
    alert: str
    severity: str
    limit: float
    latency: float | None
    reason: str
    changed: tuple[str, ...] | None
    """What differs since it last came in time; None: it never did before."""


class FalseAlarm(FalsePage):
    """An alert that nobody expected, and the run in which it came."""

    run: str
    journal_seal: str
    environment: str


class Fruitless(Value):
    """A run that proved nothing, or not all it set out to."""

    run: str
    journal_seal: str
    epoch: float
    environment: str
    game_day: str
    slot: str
    reason: str


class NotRun(Value):
    """A slot of a schedule that was due and did not run, or of which nobody knows how it ended."""

    slot: str
    epoch: float
    """UTC seconds."""
    environment: str
    outcome: str
    """`skipped`, `missed` or `unknown`."""
    reason: str
    count: int
    """How many slots it stands for, of which this is the last."""


class TakenOut(Value):
    """Old slots of a schedule are no longer in its book."""

    schedule: str
    until: float
    """UTC seconds: the instant of the latest that was taken out."""


class Idle(Value):
    """An alert that nothing has exercised for long."""

    environment: str
    alert: str
    last: float | None
    """UTC seconds; None: never."""


class Budget(Value):
    """How many pages may be missed by the objective, and how many were."""

    tried: int
    allowed: float
    missed: int


class Sla(Value):
    """The whole report."""

    period: Period
    objective: float
    """0..1: the share of pages that has to arrive in time."""
    environment: str
    """Empty: all of them."""
    runs: int
    alerts: tuple[Attained, ...]
    shortfalls: tuple[Shortfall, ...]
    false_pages: tuple[FalseAlarm, ...]
    watched: float
    """Seconds in which a false page would have been seen."""
    regressions: tuple[Regression, ...]
    fruitless: tuple[Fruitless, ...]
    not_run: tuple[NotRun, ...]
    taken_out: tuple[TakenOut, ...]
    """Schedules of which slots of this time are no longer known; one that did not run may have been among them."""
    idle: tuple[Idle, ...]
    coverage: tuple[LoadedCoverage, ...]
    """One for each environment that was run on."""
    budget: Budget
    unreadable: tuple[str, ...]
    """Runs whose report is damaged, by folder."""
    unjudged: tuple[str, ...] = ()
    """Runs that left a journal and no report, by folder."""

    @property
    def outcome(self) -> Outcome:
        """Met: every alert that was tried attains the objective. Breached: one fails it, or got worse."""
        states = {one.state for one in self.alerts}
        if "failed" in states or self.regressions:
            return "breached"
        return "met" if states == {"attained"} else "inconclusive"


@put_off()
def sla(
    records: Sequence[RunRecord],
    period: Period,
    objective: float,
    *,
    environment: str = "",
    unreadable: Sequence[str] = (),
    unjudged: Sequence[str] = (),
    slots: Sequence[NotRun] = (),
    taken_out: Sequence[TakenOut] = (),
    now: float = math.inf,
) -> Sla:
    """What the runs of a period prove. Runs before it tell when something was last met, runs after it nothing.

    Args:
        records: every run there is, the oldest first.
        period: the runs that are counted, by when they began.
        objective: 0..1.
        environment: the only one that is looked at; empty: all.
        unreadable: folders of damaged reports, which are named and not counted.
        unjudged: folders of runs without a report, likewise.
        slots: every slot of a schedule that did not run, the oldest first.
        taken_out: up to when the books of schedules were pruned.
        now: UTC seconds; in a period that is not over, what is not exercised for long is so until now.
    """
    known = [one for one in records if one.epoch < period.end and environment in ("", one.environment)]
    runs = [one for one in known if period.has(one.epoch)]
    alerts = tuple(_attained(tries, objective) for _, tries in sorted(_pools(runs).items()))
    tried = sum(one.tried for one in alerts)
    return Sla(
        period=period,
        objective=objective,
        environment=environment,
        runs=len(runs),
        alerts=alerts,
        shortfalls=tuple(_shortfalls(known, period)),
        false_pages=tuple(_false_alarm(run, page) for run in runs for page in run.false_pages),
        watched=sum(run.watched for run in runs),
        regressions=regressions(known, period.start),
        fruitless=tuple(_fruitless(run) for run in runs if run.outcome == "inconclusive"),
        not_run=tuple(one for one in slots if period.has(one.epoch) and environment in ("", one.environment)),
        taken_out=tuple(one for one in taken_out if one.until >= period.start),
        idle=tuple(_idle(known, min(period.end, now))),
        coverage=loaded_coverage(known, period.start),
        budget=Budget(
            tried=tried, allowed=(1 - objective) * tried, missed=tried - sum(one.met for one in alerts)
        ),
        unreadable=tuple(unreadable),
        unjudged=tuple(unjudged),
    )


Key = tuple[str, str, float, str]
"""Environment, alert, limit and rule: what may be counted together."""


def _pools(runs: Iterable[RunRecord]) -> dict[Key, list[Try]]:
    pools: dict[Key, list[Try]] = defaultdict(list)
    for run in runs:
        for attempt in run.attempts:
            pools[run.environment, attempt.alert, attempt.limit, attempt.rule].append(Try(run, attempt))
    return pools


def _attained(tries: Sequence[Try], objective: float) -> Attained:
    decided = [one for one in tries if one.is_decided]
    met, tried = sum(one.met for one in decided), len(decided)
    latencies = [_latency(one) for one in decided]
    production = [known for one in decided if (known := one.attempt.came_in_time_in_production) is not None]
    first = tries[0]
    return Attained(
        environment=first.run.environment,
        alert=first.attempt.alert,
        severity=first.attempt.severity,
        promise=first.attempt.promise,
        limit=first.attempt.limit,
        rule=first.attempt.rule,
        met=met,
        tried=tried,
        inconclusive=len(tries) - tried,
        at_least=at_least(met, tried),
        at_most=at_most(met, tried),
        more=more_needed(met, tried, objective),
        state=state(met, tried, objective),
        median=_told(percentile(50, latencies)) if latencies else None,
        worst=_told(max(latencies)) if latencies else None,
        detected=_median(one.attempt.detected for one in decided),
        production_met=sum(production),
        production_known=len(production),
        production_median=_median(one.attempt.in_production for one in decided),
        points=tuple(
            Point(
                run=one.run.run,
                epoch=one.run.epoch,
                outcome=one.attempt.outcome,
                latency=one.attempt.latency,
            )
            for one in tries
        ),
    )


def state(met: int, tried: int, objective: float) -> State:
    """What is proven: that the objective is kept, that it is not, or neither yet."""
    if proves(met, tried, objective):
        return "attained"
    return "failed" if proves(tried - met, tried, 1 - objective) else "unproven"


def _latency(one: Try) -> float:
    return math.inf if one.attempt.latency is None else one.attempt.latency


def _told(seconds: float) -> Latency:
    return NEVER if math.isinf(seconds) else round(seconds, 3)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return percentile(50, known) if known else None


def _shortfalls(known: Sequence[RunRecord], period: Period) -> Iterable[Shortfall]:
    last_met: dict[tuple[str, str], Try] = {}
    for run in known:
        for attempt in run.attempts:
            one, key = Try(run, attempt), (run.environment, attempt.alert)
            if one.met:
                last_met[key] = one
            elif one.is_decided and period.has(run.epoch):
                before = last_met.get(key)
                yield Shortfall(
                    run=run.run,
                    journal_seal=run.journal_seal,
                    epoch=run.epoch,
                    environment=run.environment,
                    experiment=attempt.experiment,
                    alert=attempt.alert,
                    severity=attempt.severity,
                    limit=attempt.limit,
                    latency=attempt.latency,
                    reason=attempt.reason,
                    changed=None if before is None else changed(before, one),
                )


def _false_alarm(run: RunRecord, page: FalsePage) -> FalseAlarm:
    return FalseAlarm(
        **page.model_dump(), run=run.run, journal_seal=run.journal_seal, environment=run.environment
    )


def _fruitless(run: RunRecord) -> Fruitless:
    return Fruitless(
        run=run.run,
        journal_seal=run.journal_seal,
        epoch=run.epoch,
        environment=run.environment,
        game_day=run.game_day,
        slot=run.provenance.slot if run.provenance else "",
        reason=run.reason,
    )


def _idle(known: Sequence[RunRecord], end: float) -> Iterable[Idle]:
    """By the rules that were loaded when an environment was last run on, whenever that was."""
    for there in loaded_coverage(known, -math.inf):
        for alert in there.alerts:
            last = alert.last.epoch if alert.last else None
            if last is None or last < end - IDLE_AFTER:
                yield Idle(environment=there.environment, alert=alert.name, last=last)
