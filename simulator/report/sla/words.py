"""How an SLA report says things, the same in every format."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from simulator.history.record import NOT_RECORDED
from simulator.history.regress import Regression
from simulator.history.sla import (
    NEVER,
    Attained,
    FalseAlarm,
    Fruitless,
    Latency,
    NotRun,
    Shortfall,
    Sla,
    TakenOut,
)
from simulator.report.sla import coverage
from simulator.report.words import NOTHING, count, duration, seconds, utc

HOUR = 3600.0
COVERAGE = "Coverage"
COLUMNS = (
    "alert",
    "environment",
    "limit",
    "rule",
    "in time",
    "inconclusive",
    "at least",
    "median",
    "worst",
    "detected",
    "production",
    "state",
)
_BARS = "▁▂▃▄▅▆▇█"


def title(sla: Sla) -> str:
    """Of what time, and against which objective."""
    where = f" · {sla.environment}" if sla.environment else ""
    return (
        f"Alert SLA {_day(sla.period.start)} to {_day(sla.period.end)}{where}"
        f" · objective: {share(sla.objective)} in time"
    )


def _day(epoch: float) -> str:
    """Midnight as a date alone."""
    return utc(epoch).removesuffix(" 00:00:00 UTC")


def sentence(sla: Sla) -> str:
    """What a reader must know even when they read nothing else."""
    if not sla.alerts:
        return f"Nothing proven: {count(sla.runs, 'run')}, and no alert that had to come."
    states = Counter(one.state for one in sla.alerts)
    said = [f"{states[state]} {state}" for state in ("failed", "unproven", "attained") if states[state]]
    hours = f"{sla.watched / HOUR:.1f} watched hours"
    return (
        f"{_counted(sla)}: {', '.join(said)}. {count(sla.budget.missed, 'page')} missed or late"
        f" of {sla.budget.tried}, {count(len(sla.false_pages), 'false page')} in {hours}."
    )


def _counted(sla: Sla) -> str:
    """How many alerts, and how many counts where an alert has several: of other limits or rules."""
    alerts = count(len({(one.environment, one.alert) for one in sla.alerts}), "alert")
    counts = len(sla.alerts)
    return alerts if alerts.startswith(f"{counts} ") else f"{alerts} in {counts} counts"


def row(one: Attained) -> tuple[str, ...]:
    """An alert's line, by `COLUMNS`."""
    known = f"{one.production_met}/{one.production_known}" if one.production_known else NOTHING
    return (
        one.alert,
        one.environment,
        seconds(one.limit),
        rule(one),
        f"{one.met}/{one.tried}",
        str(one.inconclusive),
        share(one.at_least),
        latency(one.median),
        latency(one.worst),
        NOTHING if one.detected is None else seconds(one.detected),
        known if one.production_median is None else f"{known}, {duration(one.production_median)}",
        standing(one),
    )


def standing(one: Attained) -> str:
    """Its state, and what is missing to another."""
    if one.state != "unproven":
        return one.state
    more = "more than anybody can wait for" if one.more is None else f"{one.more} more in time"
    return f"unproven: {more}"


def rule(one: Attained) -> str:
    """Which rule was counted."""
    return one.rule or NOT_RECORDED


def share(part: float) -> str:
    """0..1 as a percentage, rounded down: a bound must not promise more than it holds."""
    return f"{int(part * 1000 + 1e-9) / 10:g} %"


def latency(value: Latency) -> str:
    """Seconds; of what never came that it did not."""
    if value is None:
        return NOTHING
    return NEVER if value == NEVER else seconds(value)


def shortfall(one: Shortfall) -> str:
    """A page that did not come in time, in one line."""
    since = (
        "it never came in time before"
        if one.changed is None
        else f"since it last came in time, {_changed(one.changed)}"
    )
    return f"{utc(one.epoch)} {one.alert} in {one.experiment} ({one.run}): {one.reason}; {since}"


def regression(one: Regression) -> str:
    """What got worse, since when and with what, in one line."""
    was, is_ = (f"{met} of {tried}" for met, tried in (one.before, one.after))
    how = (
        f"{was} in time before, {is_} since"
        if one.kind == "missed more often"
        else f"{seconds(one.slower_by or 0.0)} slower in the median"
    )
    return (
        f"{one.alert} on {one.environment}: {one.kind} since {utc(one.since)} ({one.run}): {how};"
        f" by chance with a probability of {one.chance:.1g}; {_changed(one.changed)}"
    )


def _changed(what: tuple[str, ...]) -> str:
    if not what:
        return "nothing that is recorded changed"
    return f"{', '.join(what)} changed"


def spark(one: Attained) -> str:
    """Its latencies in the order of time, as bars up to the limit; × for a page that did not come in time, ? for nothing proven."""
    return "".join(_bar(point.outcome, point.latency, one.limit) for point in one.points)


def _bar(outcome: str, took: float | None, limit: float) -> str:
    if outcome == "inconclusive":
        return "?"
    if outcome == "breached" or took is None:
        return "×"
    return _BARS[min(len(_BARS) - 1, int(took / limit * len(_BARS)))]


def _not_run(one: NotRun) -> str:
    many = f" and {count(one.count - 1, 'slot')} before it" if one.count > 1 else ""
    return f"{utc(one.epoch)} {one.slot}{many} on {one.environment}: {one.outcome}: {one.reason}"


def _taken_out(one: TakenOut) -> str:
    return f"{one.schedule}: slots up to {utc(one.until)} were pruned; which of them did not run is no longer known"


def _false_page(one: FalseAlarm) -> str:
    seen = "paged" if one.seen == "paged" else "firing"
    return f"{utc(one.epoch)} {one.alert} was {seen} in {one.experiment} on {one.environment} ({one.run})"


def _fruitless(one: Fruitless) -> str:
    slot = f", slot {one.slot}" if one.slot else ""
    return f"{utc(one.epoch)} {one.game_day} on {one.environment} ({one.run}{slot}): {one.reason}"


def _idle(sla: Sla) -> Iterator[str]:
    """Those that were never exercised in one line; of an environment that was run on they stand under coverage."""
    covered = {one.environment for one in sla.coverage}
    for environment in dict.fromkeys(one.environment for one in sla.idle):
        here = [one for one in sla.idle if one.environment == environment]
        for one in here:
            if one.last is not None:
                yield f"{one.alert} on {environment}: last {utc(one.last)}"
        never = [one.alert for one in here if one.last is None]
        if never and environment not in covered:
            yield f"never on {environment}: {', '.join(never)}"


class Line(NamedTuple):
    """One line below the table."""

    text: str
    run: str = ""
    """The run that it is about; empty: none, or several."""
    seal: str = ""
    """What that run's journal has to end with, or that nobody knows; empty where there is no run."""

    @property
    def sealed(self) -> bool:
        """Whether the seal is known."""
        return self.seal not in ("", NOT_RECORDED)

    @property
    def whole(self) -> str:
        """The text with the seal behind it, where nothing can be linked."""
        return f"{self.text}; journal seal {self.seal}" if self.run else self.text


def _of(text: str, one: Shortfall | Regression | FalseAlarm | Fruitless) -> Line:
    """A line about a run."""
    return Line(text, one.run, one.journal_seal or NOT_RECORDED)


def _unjudged(folder: str) -> str:
    return f"{folder}: it goes on, or was killed; simulator report {folder} judges what it left"


def sections(sla: Sla) -> Iterator[tuple[str, list[Line]]]:
    """What stands below the table: a heading, and its lines; only what there is."""
    yield "Missed, late or wrong", [_of(shortfall(one), one) for one in sla.shortfalls]
    yield "Got worse", [_of(regression(one), one) for one in sla.regressions]
    yield "False pages", [_of(_false_page(one), one) for one in sla.false_pages]
    yield "Proved nothing", [_of(_fruitless(one), one) for one in sla.fruitless]
    not_run = [*map(_not_run, sla.not_run), *map(_taken_out, sla.taken_out)]
    yield "Slots that did not run", [Line(text) for text in not_run]
    yield "Not exercised for 30 days", [Line(text) for text in _idle(sla)]
    yield COVERAGE, [Line(text) for one in sla.coverage for text in coverage.lines(one)]
    yield "Reports that cannot be read, and are not counted", [Line(folder) for folder in sla.unreadable]
    yield "Runs without a report, and not counted", [Line(_unjudged(folder)) for folder in sla.unjudged]
    may = f"{share(sla.objective)} of {sla.budget.tried} may miss {sla.budget.allowed:.1f}"
    yield "Error budget", [Line(f"{may}; {sla.budget.missed} did")] if sla.budget.tried else []
