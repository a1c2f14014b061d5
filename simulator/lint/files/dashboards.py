"""Grafana's dashboards, of the schemas that have panels or rows: what each of them asks Prometheus."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from promql_parser import Expr

from simulator.base.names import brief
from simulator.base.promql import parsed
from simulator.lint.files.json_lines import line_of
from simulator.lint.files.reading import Reading
from simulator.lint.problems import Place
from simulator.plan.panels import VARIABLE, Reader, chosen, source_of
from simulator.plan.promql import looks_back

_OTHERS = re.compile(r"loki|tempo|influx|elastic|graphite|mysql|postgres|cloudwatch|jaeger", re.IGNORECASE)
"""In the name of a data source of which the dashboard does not say what it is."""
_AS_THE_READER_CHOOSES = ("__range", "__range_s", "__range_ms")
_WORD, _NUMBER, _SPAN = "x", "1", "5m"
"""What stands for a variable of which nothing is known: in a text or as a name, as a number, and as a length of time."""


@dataclass(frozen=True)
class Query:
    """What one panel asks."""

    dashboard: str
    """Its uid, or its title."""
    panel: str
    expr: str
    """As it is written."""
    tree: Expr | None
    """With what its variables stand for; None: it cannot be parsed."""
    error: str
    window: float | None
    """Seconds that it looks back; None: whoever looks at the panel decides that."""
    text: str
    """Of the whole file."""
    file: str
    path: tuple[str | int, ...]

    @cached_property
    def place(self) -> Place:
        return Place(self.file, line_of(self.text, self.path))

    @property
    def name(self) -> str:
        """The panel, as people find it."""
        return f"{self.dashboard} / {self.panel}"


def read_dashboard(file: str, text: str, scrape: float | None, reading: Reading) -> tuple[Query, ...]:
    """What a dashboard asks Prometheus. `scrape` is Prometheus's interval in seconds; None where nobody said.

    What is not JSON, or no dashboard, is refused, and asks nothing.
    """
    try:
        tree = json.loads(text)
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        reading.refuse(line, f"not JSON: {brief(str(error))}", "export the dashboard again")
        return ()
    except RecursionError:
        reading.refuse(1, "not a dashboard: nested too deep", "export the dashboard again")
        return ()
    wrapped = isinstance(tree, dict) and isinstance(tree.get("dashboard"), dict)
    path: tuple[str | int, ...] = ("dashboard",) if wrapped else ()
    board = tree["dashboard"] if wrapped else tree
    if not isinstance(board, dict) or not isinstance(board.get("panels") or board.get("rows"), list):
        reading.refuse(1, "not a dashboard: it has neither panels nor rows", "export the dashboard again")
        return ()
    return tuple(_Board(file, text, board, scrape).queries(path))


@dataclass(frozen=True)
class _Board:
    file: str
    text: str
    tree: Mapping[str, Any]
    scrape: float | None

    def queries(self, path: tuple[str | int, ...]) -> Iterator[Query]:
        for at, panel in _panels(self.tree, path):
            targets = panel.get("targets")
            for index, target in enumerate(targets if isinstance(targets, list) else ()):
                if isinstance(target, dict) and _is_prometheus(panel, target):
                    yield self._query(panel, target, (*at, "targets", index, "expr"))

    @cached_property
    def _name(self) -> str:
        return str(self.tree.get("uid") or self.tree.get("title") or self.file)

    @cached_property
    def _known(self) -> Mapping[str, str]:
        """What variables stand for, as far as the dashboard and the scrape interval say."""
        try:
            own = chosen(self.tree)
        except (LookupError, TypeError, AttributeError):
            own = {}
        times = {} if self.scrape is None else Reader(self.scrape).times
        asked = {name: value for name, value in times.items() if name not in _AS_THE_READER_CHOOSES}
        return asked | {name: value for name, value in own.items() if "$" not in value}

    def _query(
        self, panel: Mapping[str, Any], target: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> Query:
        expr = str(target["expr"])
        tree, error, filled = None, "", ""
        for otherwise in (_WORD, _NUMBER):
            filled = _filled(expr, self._known, otherwise)
            try:
                tree, error = parsed(filled), ""
                break
            except ValueError as refused:
                error = error or brief(str(refused))
        guessed = any(span for _, span in _unknown(expr, self._known))
        return Query(
            dashboard=self._name,
            panel=str(panel.get("title") or panel.get("id") or "untitled"),
            expr=expr,
            tree=tree,
            error=error,
            window=None if tree is None or guessed else looks_back(filled),
            text=self.text,
            file=self.file,
            path=path,
        )


def _panels(
    node: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """All panels; a row has its own inside."""
    for key in ("panels", "rows"):
        inside: Sequence[Any] = node.get(key) or ()
        for at, panel in enumerate(inside if isinstance(inside, list) else ()):
            if isinstance(panel, dict):
                yield (*path, key, at), panel
                yield from _panels(panel, (*path, key, at))


def _is_prometheus(panel: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    if not isinstance(target.get("expr"), str) or not target["expr"].strip():
        return False
    named = target.get("datasource") or panel.get("datasource")
    kind = source_of(target) or source_of(panel)
    if kind:
        return kind == "prometheus"
    return not (isinstance(named, str) and _OTHERS.search(named))


def _unknown(expr: str, known: Mapping[str, str]) -> Iterator[tuple[re.Match[str], bool]]:
    """The variables of which nothing is known, and whether each is a length of time."""
    for found in VARIABLE.finditer(expr):
        if (found["braced"] or found["plain"] or found["old"]) not in known:
            before, after = expr[: found.start()].rstrip(), expr[found.end() :].lstrip()
            yield found, before.endswith(("[", ":", "offset")) or after.startswith(("]", ":"))


def _filled(expr: str, known: Mapping[str, str], otherwise: str) -> str:
    spans = {found.start() for found, span in _unknown(expr, known) if span}

    def value(found: re.Match[str]) -> str:
        name = found["braced"] or found["plain"] or found["old"]
        return known.get(name, _SPAN if found.start() in spans else otherwise)

    return VARIABLE.sub(value, expr)
