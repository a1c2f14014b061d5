"""What a rule is: one typed value per recording or alerting rule, and the groups they are evaluated in."""

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


@dataclass(frozen=True)
class RecordingRule:
    """A series that Prometheus computes at every evaluation and stores under `name`."""

    name: str
    expr: str


@dataclass(frozen=True)
class Production:
    """What ERPGo's own rule says: its condition in words and the time it must hold (`1m`, `30m`, `0`)."""

    condition: str
    hold: str


@dataclass(frozen=True)
class AlertRule:
    """One alert. Times are in seconds.

    `expr` may hold `$window` and `$threshold`, so that another rule set can replace either of them. `window` is
    the rate window, 0 where the expression reads the newest sample. `hold` is Prometheus's `for`. `jobs` are
    the scrape jobs without which the rule cannot work; it is left out of a rule set that lacks one of them.
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
    hold: int = 0
    keep_firing_for: int = 0

    @property
    def promql(self) -> str:
        """The expression as Prometheus evaluates it."""
        limit = "" if self.threshold is None else f"{self.threshold:g}"
        return self.expr.replace("$window", f"{self.window}s").replace("$threshold", limit)

    @property
    def runbook_url(self) -> str:
        """Where the reader of a page finds what to look at, relative to the repository."""
        return f"docs/rules.md#{self.name.lower()}"


@dataclass(frozen=True)
class RuleGroup:
    """Rules evaluated one after the other at one instant: both tiers of a family always see the same samples."""

    name: str
    rules: tuple[RecordingRule | AlertRule, ...]


@dataclass(frozen=True)
class RuleSet:
    """All rules that one Prometheus loads."""

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
        return type(self)(tuple(group for group in groups if group.rules))


def _loadable(group: RuleGroup, jobs: frozenset[str]) -> tuple[RecordingRule | AlertRule, ...]:
    return tuple(
        rule for rule in group.rules if isinstance(rule, RecordingRule) or jobs.issuperset(rule.jobs)
    )
