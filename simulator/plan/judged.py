"""Which alerts an environment judges, how fast each severity has to be, and when a page counts as there."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, StringConstraints

from simulator.base.values import Seconds, Value
from simulator.plan.identity import Identity
from simulator.plan.matchers import Matcher, parse_matchers

SLA = 30.0
"""The promise under test: an alert is generated within 30 seconds."""

RECOVERY = 180.0
"""Seconds."""

Severity = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
"""The word by which an environment says how urgent an alert is."""


def _are_matchers(text: str) -> str:
    parse_matchers(text) if text else None
    return text


Matchers = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_are_matchers)]
"""Conditions on labels as Alertmanager writes them, as in `team="shop", job!~"old-.*"`; empty: none."""


class Judged(Value):
    """What an environment says of its alerts; the defaults are those of the stacks that we start ourselves."""

    severities: dict[Severity, Seconds] = {"critical": SLA, "warning": SLA, "none": SLA}
    """By severity, the seconds from fault to page that are promised."""
    recover_within: Seconds = RECOVERY
    """How long after an undo everything may take to be quiet again, where an experiment does not say."""
    at: Literal["notified", "accepted"] = "notified"
    """`accepted`: no receiver could be added, so what Alertmanager has accepted is as far as anybody can see."""
    canary: bool = True
    """An alert of ours is sent the whole way before anything is broken."""
    told_within: Seconds | None = None
    """How long Alertmanager may hold what joins a group, by its routes, before our receiver is told; None: it does not."""
    speaks_of_production: bool = True
    """The rules say what production's are; else nothing is said of those."""
    routes_by_severity: bool = True
    """Our receiver is told by which route a page came, and each is named for its severity."""
    told_by: tuple[str, ...] = ()
    """Alertmanager's receivers that tell ours as well, where their addresses are not shown; only without such routes."""
    matchers: Matchers = ""
    """An alert that they do not fit is reported, and never a breach; empty: all are judged."""
    ignored: tuple[str, ...] = ()
    """Alerts that say nothing, by name: a watchdog, an inhibitor."""
    firing_already: tuple[Identity, ...] = ()
    """Alerts that fire anyway: not judged, and not waited for."""
    keep: tuple[str, ...] = ()
    """These labels of an alert and no others are written down, and those that decide whether it is judged; empty: all."""
    targets_down: tuple[Matchers, ...] = ()
    """Scrape targets that may be down, by their labels."""

    def concerns(self, alert: str, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels is one to be judged."""
        return self._is_ours(alert, labels) and not self._is_expected(alert, labels)

    def is_strange(self, alert: str, labels: Mapping[str, str]) -> bool:
        """Whether it is somebody else's, and the environment says nothing of it."""
        return not self._is_ours(alert, labels) and not self._is_expected(alert, labels)

    def _is_ours(self, alert: str, labels: Mapping[str, str]) -> bool:
        return all(one.matches({**labels, "alertname": alert}) for one in self._matchers)

    def _is_expected(self, alert: str, labels: Mapping[str, str]) -> bool:
        """Whether it may fire at any time."""
        seen = Identity.of(alert, labels)
        return alert in self.ignored or any(one.covers(seen) for one in self.firing_already)

    def keeping(self, labels: Iterable[str]) -> Self:
        """The same that also writes down these labels; where all are, it still does."""
        return self.model_copy(update={"keep": (*self.keep, *labels)}) if self.keep else self

    def may_be_down(self, labels: Mapping[str, str]) -> bool:
        """Whether a scrape target with these labels is not asked to be up."""
        return any(all(one.matches(labels) for one in target) for target in self._targets)

    def kept(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The labels that are written down."""
        return {name: text for name, text in labels.items() if not self.keep or name in self._kept}

    @cached_property
    def _matchers(self) -> tuple[Matcher, ...]:
        return tuple(parse_matchers(self.matchers)) if self.matchers else ()

    @cached_property
    def _kept(self) -> frozenset[str]:
        decide = {one.label for one in self._matchers} | {
            name for one in self.firing_already for name, _ in one.labels
        }
        return frozenset({"alertname", "severity", *self.keep, *decide})

    @cached_property
    def _targets(self) -> tuple[tuple[Matcher, ...], ...]:
        return tuple(tuple(parse_matchers(text)) for text in self.targets_down)
