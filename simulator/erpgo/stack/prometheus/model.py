"""What a rule is: one typed value per recording or alerting rule, and the groups they are evaluated in."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

Severity = Literal["critical", "warning", "none"]

WAIT_FOR_CRITICAL = 8
"""Seconds that a warning holds longer than its critical twin, so that the twin fires first and inhibits it.

Alertmanager's `group_wait` cannot do this. It does not wait for an alert whose group it knows already, and
Prometheus sends a resolved alert again for 15 minutes: every warning that fires twice within a quarter of an hour
would be paged at once (measured: 4 of 4 in the second game day on one stack, none in the first).
"""


PRODUCTION_INTERVAL = 15
"""Seconds between two scrapes, and two evaluations, in production."""
PRODUCTION_GROUP_WAIT: dict[Severity, int] = {"critical": 5, "warning": 10, "none": 0}
"""Seconds, as ERPGo's own routing has them."""
DAY = 86_400
DUE = 12
"""Events that were due in a window at the usual pace, for their absence to mean something.

By chance alone (Poisson) none of twelve comes in one window of e^12 = 160,000.
"""
FEW = 3
"""More than so many failures in a window are the least that may page: at night, one request of ten is no outage."""


@dataclass(frozen=True)
class RecordingRule:
    """A series that Prometheus computes at every evaluation and stores under `name`."""

    name: str
    expr: str
    in_production: str = ""
    """The expression there, where it must look further back."""


@dataclass(frozen=True)
class Production:
    """What ERPGo's own rule says: its condition in words, and how long the condition must hold, in seconds.

    `window` is the window that goes with such a hold, in seconds: five minutes, as in the names of ERPGo's
    recording rules, or the hour of a "per hour" condition. It counts only where the rule has one.
    """

    condition: str
    hold: int
    window: int = 300


@dataclass(frozen=True)
class Cause:
    """PromQL that has a value while, and for a while after, something else is to blame that pages by itself.

    `in_production` may hold `$lately`: the alert's window and two scrapes more.
    """

    here: str
    in_production: str


@dataclass(frozen=True)
class AlertRule:
    """One alert. Times are in seconds.

    `unless` are the causes that silence it. `expr` may hold `$window`, `$threshold`, `$usual`, `$pace` and `$few`, so that another rule set can replace
    them. `window` is the rate window, 0 where the expression reads the newest sample; `usual` is how far the
    expression looks back to know what is usual; `$pace` and `$few` are the events a second of which `DUE` and `FEW`
    fall into a window. `hold` is Prometheus's `for`. `jobs` are the scrape jobs without which the rule
    cannot work; it is left out of a rule set that lacks one of them. `only_here` is a condition of the staging
    set alone: what a lab must rule out and production must not.
    """

    name: str
    severity: Severity
    family: str
    service: str
    expr: str
    summary: str
    description: str
    jobs: tuple[str, ...]
    production: Production
    threshold: float | None = None
    window: int = 0
    usual: int = 0
    hold: int = 0
    keep_firing_for: int = 0
    unless: tuple[Cause, ...] = ()
    only_here: str = ""

    @property
    def promql(self) -> str:
        """The expression as Prometheus evaluates it."""
        causes = " or ".join(cause.here for cause in self.unless)
        return self._filled(self.expr + (f" unless on () ({causes})" if causes else "") + self.only_here)

    @property
    def text(self) -> str:
        """The description as Prometheus's templates read it."""
        return self._filled(self.description)

    @property
    def runbook_url(self) -> str:
        """Where the reader of a page finds what to look at, relative to the repository."""
        return f"docs/runbooks/{self.family}.md#{self.name.lower()}"

    def in_production(self) -> Self:
        """The same alert with ERPGo's own hold time, and the window that goes with it."""
        window = self.production.window if self.window else 0
        # As many windows as here; where there is none, its family's warnings look back a window of 15 s here.
        keep = self.keep_firing_for * self.production.window // (self.window or 15)
        return dataclasses.replace(
            self,
            window=window,
            usual=DAY if self.usual else 0,
            hold=self.production.hold,
            keep_firing_for=keep,
            unless=tuple(Cause(cause.in_production, cause.in_production) for cause in self.unless),
            only_here="",
        )

    def _filled(self, text: str) -> str:
        limit = "" if self.threshold is None else f"{self.threshold:g}"
        words = {"$window": f"{self.window}s", "$usual": f"{self.usual}s", "$threshold": limit}
        if self.window:
            words["$lately"] = f"{self.window + 2 * PRODUCTION_INTERVAL}s"
            words |= {"$pace": f"{DUE / self.window:.3g}", "$few": f"{FEW / self.window:.3g}"}
        for word, value in words.items():
            text = text.replace(word, value)
        return text


@dataclass(frozen=True)
class RuleGroup:
    """Rules evaluated one after the other at one instant: both tiers of a family always see the same samples."""

    name: str
    rules: tuple[RecordingRule | AlertRule, ...]


@dataclass(frozen=True)
class RuleSet:
    """All rules that one Prometheus loads. `name` is the stem of the file they are loaded from."""

    name: str
    groups: tuple[RuleGroup, ...]

    @property
    def alerts(self) -> tuple[AlertRule, ...]:
        """Every alerting rule, in order."""
        return tuple(rule for group in self.groups for rule in group.rules if isinstance(rule, AlertRule))

    @property
    def recordings(self) -> tuple[RecordingRule, ...]:
        """Every recording rule, in order."""
        return tuple(rule for group in self.groups for rule in group.rules if isinstance(rule, RecordingRule))

    def alert(self, name: str) -> AlertRule:
        """The alert called `name`.

        Raises:
            KeyError: no alert has that name.
        """
        for rule in self.alerts:
            if rule.name == name:
                return rule
        raise KeyError(name)

    def where_jobs_exist(self, jobs: Iterable[str]) -> Self:
        """The rules whose scrape jobs are all among `jobs`: a rule without its job could only lie."""
        known = frozenset(jobs)
        groups = (RuleGroup(group.name, _loadable(group, known)) for group in self.groups)
        return type(self)(self.name, tuple(group for group in groups if group.rules))


def _loadable(group: RuleGroup, jobs: frozenset[str]) -> tuple[RecordingRule | AlertRule, ...]:
    return tuple(
        rule for rule in group.rules if isinstance(rule, RecordingRule) or jobs.issuperset(rule.jobs)
    )
