"""An estate: what one Prometheus watches, what it tells, and on which panels people see it, read from its files.

What is not given is not known, and nothing is concluded from it.
"""

import glob
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from simulator.base.files import read_file
from simulator.lint.carried import Carried, carried
from simulator.lint.files.alertmanager import Alertmanager, read_alertmanager
from simulator.lint.files.dashboards import Query, read_dashboard
from simulator.lint.files.marked import Node, read_marked
from simulator.lint.files.prometheus import Prometheus, read_prometheus
from simulator.lint.files.reading import Reading
from simulator.lint.files.rules import Rule, read_rule_file
from simulator.lint.problems import REFUSED, Place, Problem
from simulator.plan.estate import EstateFiles
from simulator.plan.judged import SLA

MAX_BYTES = 16 * 1024 * 1024
"""Of one file."""
T = TypeVar("T")


@dataclass(frozen=True)
class Promised:
    """How soon a page has to be there."""

    within: Mapping[str, float] | None = None
    """Seconds, by severity; one that is not named is promised nothing. None: `SLA` for all."""
    label: str = "severity"
    """The label that says how urgent an alert is."""

    def of(self, labels: Mapping[str, str]) -> float | None:
        """Seconds for an alert with these labels; None: nothing is promised."""
        return SLA if self.within is None else self.within.get(labels.get(self.label, ""))

    @property
    def shortest(self) -> float | None:
        """Seconds: the least that is promised to any; None: nothing is promised."""
        return SLA if self.within is None else min(self.within.values(), default=None)


@dataclass(frozen=True, eq=False)
class Estate:
    """All of it. Each is its own: none is compared with another."""

    prometheus: Prometheus | None
    alertmanager: Alertmanager | None
    rules: tuple[Rule, ...]
    queries: tuple[Query, ...]
    problems: tuple[tuple[str, Problem], ...]
    """With the file of each."""
    texts: Mapping[str, str]
    """Of YAML files, by path: what is accepted may stand there in a comment."""
    knows_all_rules: bool
    """Rules were given, and each could be read: so what is in none of them is not there."""
    promised: Promised

    @cached_property
    def alerts(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.kind == "alert")

    @cached_property
    def named(self) -> Mapping[str, int]:
        """How many alerts there are of each name."""
        return Counter(rule.name for rule in self.alerts)

    @cached_property
    def recordings(self) -> Mapping[str, tuple[Rule, ...]]:
        """By the name of what they record."""
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            if rule.kind == "record":
                found[rule.name].append(rule)
        return {name: tuple(rules) for name, rules in found.items()}

    def interval(self, rule: Rule) -> float:
        """Seconds between two evaluations of a rule; 0 where nobody says."""
        otherwise = 0.0 if self.prometheus is None else self.prometheus.evaluation
        return rule.interval or otherwise

    @cached_property
    def labels(self) -> Mapping[Place, Carried]:
        """What is known of the labels of each alert as it reaches Alertmanager, by the alert's place."""
        return {rule.place: self._labels(rule) for rule in self.alerts}

    def _labels(self, rule: Rule) -> Carried:
        fixed = rule.fixed_labels
        own = {name: fixed.get(name) for name in rule.labels}
        found = carried(rule.tree).written({**own, "alertname": rule.name})
        if self.prometheus is None or self.prometheus.rewrites_alerts:
            return Carried(found.sure)  # others may be added, or taken away, on the way
        for name, value in self.prometheus.external_labels.items():
            found = (
                found
                if found.sure.get(name)
                else found.written({name: None if found.may_have(name) else value})
            )
        return found


def read_estate(files: EstateFiles, promised: Promised) -> Estate:
    """Everything in some files that can be read.

    Raises:
        BadInput: a file cannot be opened.
    """
    desk = _Desk()
    prometheus = desk.yaml(files.prometheus, read_prometheus) if files.prometheus else None
    alertmanager = desk.yaml(files.alertmanager, read_alertmanager) if files.alertmanager else None
    paths = [*files.rules]
    if not paths and files.prometheus and prometheus:
        paths = list(_named_by(files.prometheus.parent, prometheus.rule_files))
    read = [desk.yaml(path, read_rule_file) or () for path in paths]
    scrape = prometheus.usual.interval if prometheus else None
    queries = [query for path in files.dashboards for query in desk.dashboard(path, scrape)]
    unsound = {file for file, _ in desk.problems}
    return Estate(
        prometheus=prometheus,
        alertmanager=alertmanager,
        rules=tuple(rule for rules in read for rule in rules),
        queries=tuple(queries),
        problems=tuple(desk.problems),
        texts=desk.texts,
        knows_all_rules=bool(paths) and unsound.isdisjoint(map(str, paths)),
        promised=promised,
    )


def _named_by(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    """The rule files that a configuration names, as far as they are on this machine."""
    for pattern in patterns:
        yield from (Path(name) for name in sorted(glob.glob(str(folder / pattern))))  # noqa: PTH207  the pattern may be absolute


class _Desk:
    """Reads files, and keeps what is wrong with each."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, Problem]] = []
        self.texts: dict[str, str] = {}

    def yaml(self, path: Path, read: Callable[[str, Node | None, Reading], T]) -> T | None:
        """What `read` makes of a file; None where that is no YAML."""
        text = self._text(path)
        self.texts[str(path)] = text or ""
        if text is None:
            return None
        marked = read_marked(text)
        reading = Reading(list(marked.problems))
        found = read(str(path), marked.root, reading) if marked.root or not marked.problems else None
        self._keep(path, reading)
        return found

    def dashboard(self, path: Path, scrape: float | None) -> tuple[Query, ...]:
        text = self._text(path)
        reading = Reading()
        found = () if text is None else read_dashboard(str(path), text, scrape, reading)
        self._keep(path, reading)
        return found

    def _keep(self, path: Path, reading: Reading) -> None:
        self.problems += [(str(path), one) for one in reading.problems]

    def _text(self, path: Path) -> str | None:
        """Raises BadInput where there is no such file; None where it is no text."""
        content = read_file(path, MAX_BYTES)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.problems.append((str(path), Problem(REFUSED, line, "not UTF-8", "save it as UTF-8")))
            return None
