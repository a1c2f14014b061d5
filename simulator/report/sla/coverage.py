"""How an SLA report says what was exercised of what was loaded."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from simulator.history.coverage import Loaded, LoadedCoverage
from simulator.judge.verdict import Outcome
from simulator.report.words import count, utc

_DATE = 10
"""Characters of `2026-11-23 22:15:34 UTC` that are the date."""


class Name(NamedTuple):
    """One alert or panel."""

    name: str
    outcome: Outcome | None
    """How it went when it was last exercised."""
    note: str

    def __str__(self) -> str:
        return f"{self.name} ({self.note})" if self.note else self.name


class Part(NamedTuple):
    """The panels of one dashboard, or all alerts."""

    dashboard: str
    """Empty: of alerts."""
    names: Sequence[Name]

    def __str__(self) -> str:
        said = ", ".join(map(str, self.names))
        return f"{self.dashboard} / {said}" if self.dashboard else said


class Group(NamedTuple):
    """Those of which the same is said."""

    heading: str
    parts: Sequence[Part]
    is_fine: bool
    """Whether nobody has to do anything about them."""

    @property
    def number(self) -> int:
        """How many they are."""
        return sum(len(part.names) for part in self.parts)


class There(NamedTuple):
    """One environment."""

    environment: str
    sentence: str
    note: str
    """What is not counted; empty: nothing."""
    groups: Sequence[Group]


def there(one: LoadedCoverage) -> There:
    """What is said of one environment, what is missing first."""
    return There(
        environment=one.environment,
        sentence=_sentence(one),
        note=_unrecorded(one),
        groups=[*_groups("alerts", one.alerts, _together), *_groups("panels", one.panels, _by_dashboard)],
    )


def lines(one: LoadedCoverage) -> Iterator[str]:
    """The same, line by line."""
    said = there(one)
    yield f"{said.environment}: {said.sentence}"
    if said.note:
        yield f"{said.environment}: {said.note}"
    for group in said.groups:
        yield f"{said.environment}: {group.heading}: {'; '.join(map(str, group.parts))}"


def _sentence(one: LoadedCoverage) -> str:
    if not one.run:
        return "no run of this time recorded which rules were loaded"
    shares = (
        f"{sum(each.lately for each in some)} of {count(len(some), what)}"
        for some, what in ((one.alerts, "alert"), (one.panels, "panel"))
    )
    return f"{' and '.join(shares)} exercised, of what was loaded in its latest run ({one.run}, {utc(one.epoch)})"


def _unrecorded(one: LoadedCoverage) -> str:
    if not one.unrecorded:
        return ""
    were = "was" if one.unrecorded == 1 else "were"
    return f"not counted: {count(one.unrecorded, 'run')} that {were} pruned before it was recorded what they exercised"


def _together(names: Sequence[Name]) -> list[Part]:
    return [Part("", names)]


def _by_dashboard(names: Sequence[Name]) -> list[Part]:
    """Each dashboard is named once, and its panels by their titles."""
    found: dict[str, list[Name]] = defaultdict(list)
    for one in names:
        dashboard, _, title = one.name.partition(" / ")
        found[dashboard].append(one._replace(name=title))
    return [Part(dashboard, titles) for dashboard, titles in found.items()]


def _groups(
    what: str, loaded: Sequence[Loaded], parts: Callable[[Sequence[Name]], list[Part]]
) -> Iterator[Group]:
    never = [Name(one.name, None, "") for one in loaded if one.last is None]
    before = [
        Name(one.name, one.last.outcome, f"last {utc(one.last.epoch)[:_DATE]}")
        for one in loaded
        if one.last is not None and not one.lately
    ]
    lately = [_lately(one.name, one.last.outcome) for one in loaded if one.last is not None and one.lately]
    if never:
        yield Group(f"{what} never exercised", parts(never), is_fine=False)
    if before:
        yield Group(f"{what} not exercised in this time", parts(before), is_fine=False)
    if lately:
        yield Group(f"{what} exercised", parts(lately), is_fine=True)


def _lately(name: str, outcome: Outcome) -> Name:
    return Name(name, outcome, "" if outcome == "met" else outcome)
