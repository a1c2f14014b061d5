"""Rule files: alerts and recordings with the lines they stand in. The keys are those of Prometheus 2.37 to 3.x together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from promql_parser import Expr

from simulator.base.names import brief, shown
from simulator.base.promql import parsed
from simulator.base.templates import fixed
from simulator.lint.files.marked import Keys, Node, Scalar
from simulator.lint.files.reading import Reading
from simulator.lint.problems import Place

_GROUP = ("name", "interval", "query_offset", "limit", "labels", "rules")
_RULE = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")


@dataclass(frozen=True)
class Rule:
    """An alert, or a recording."""

    kind: Literal["alert", "record"]
    name: str
    expr: str
    tree: Expr
    hold: float
    """Seconds."""
    keep_firing: float
    labels: Mapping[str, str]
    """Those of its group included."""
    annotations: Mapping[str, str]
    group: str
    interval: float | None
    """Seconds between two evaluations, where its group says so itself."""
    offset: float | None
    place: Place
    """Where its name stands."""
    lines: tuple[int, int]
    """From its first line to its last."""

    @property
    def fixed_labels(self) -> dict[str, str]:
        """Those whose value every alert of it has."""
        return fixed(self.labels)


def read_rule_file(file: str, root: Node | None, reading: Reading) -> tuple[Rule, ...]:
    """What a rule file says; a rule that cannot be read is left out, and the reading says why."""
    top = reading.keys(root, "a rule file", ("groups",))
    found: list[Rule] = []
    seen: dict[str, int] = {}
    for entry in reading.items(top.entries.get("groups"), "groups"):
        keys = reading.keys(entry, "a group", _GROUP)
        name = reading.text(keys.entries.get("name"), "name")
        line = keys.lines.get("name", entry.line)
        if not name:
            reading.refuse(entry.line, "a group has no name", "give it a name of its own")
        elif name in seen:
            reading.refuse(
                line,
                f"the group {shown(name)} is in this file already, in line {seen[name]}",
                "give each group of a file a name of its own",
            )
        seen.setdefault(name, line)
        group = _group(file, name, keys, reading)
        rules = (_rule(one, group, reading) for one in reading.items(keys.entries.get("rules"), "rules"))
        found += [rule for rule in rules if rule is not None]
    return tuple(found)


@dataclass(frozen=True)
class _Group:
    file: str
    name: str
    interval: float | None
    offset: float | None
    labels: Mapping[str, str]


def _group(file: str, name: str, keys: Keys, reading: Reading) -> _Group:
    entries = keys.entries
    return _Group(
        file,
        name,
        reading.seconds(entries.get("interval"), "interval") or None,
        reading.seconds(entries.get("query_offset"), "query_offset"),
        reading.mapping(entries.get("labels"), "labels"),
    )


def _rule(node: Node, group: _Group, reading: Reading) -> Rule | None:
    keys = reading.keys(node, "a rule", _RULE)
    entries = keys.entries
    alert, record = (reading.text(entries.get(kind), kind) for kind in ("alert", "record"))
    expr = reading.text(entries.get("expr"), "expr")
    if bool(alert) == bool(record):
        both = "is both an alert and a recording" if alert else "is neither an alert nor a recording"
        reading.refuse(node.line, f"a rule {both}", "give it one of alert: and record:")
        return None
    kind: Literal["alert", "record"] = "alert" if alert else "record"
    name = alert or record
    if kind == "record":
        _has_no_alerts_keys(name, keys, reading)
    tree = _tree(name, expr, keys, reading)
    hold, keep = (reading.seconds(entries.get(key), key) or 0.0 for key in ("for", "keep_firing_for"))
    labels = reading.mapping(entries.get("labels"), "labels")
    annotations = reading.mapping(entries.get("annotations"), "annotations")
    if tree is None:
        return None
    return Rule(
        kind=kind,
        name=name,
        expr=expr,
        tree=tree,
        hold=hold,
        keep_firing=keep,
        labels={**group.labels, **labels},
        annotations=annotations,
        group=group.name,
        interval=group.interval,
        offset=group.offset,
        place=Place(group.file, keys.lines[kind]),
        lines=(node.line, _last(node)),
    )


def _has_no_alerts_keys(name: str, keys: Keys, reading: Reading) -> None:
    for key in ("for", "keep_firing_for", "annotations"):
        if key in keys.entries:
            reading.refuse(keys.lines[key], f"the recording {shown(name)} has {key}:", "remove it")
    if "{" in name or "}" in name:
        reading.refuse(keys.lines["record"], f"{shown(name)} is no metric's name", "name it without braces")


def _tree(name: str, expr: str, keys: Keys, reading: Reading) -> Expr | None:
    line = keys.lines.get("expr", keys.line)
    if not expr:
        reading.refuse(line, f"{name} has no expr", "say what it computes")
        return None
    try:
        return parsed(expr)
    except ValueError as error:
        reading.refuse(
            line, f"{name}: its expression cannot be parsed: {brief(str(error))}", "correct the PromQL"
        )
        return None


def _last(node: Node) -> int:
    """The last line that anything of a node begins in."""
    if isinstance(node, Scalar):
        return node.line
    if isinstance(node, Keys):
        return max([node.line, *node.lines.values(), *(_last(one) for one in node.entries.values())])
    return max([node.line, *(_last(one) for one in node.items)])
