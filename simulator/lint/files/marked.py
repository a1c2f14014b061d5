"""YAML as its parser sees it, every value with its line: nothing is interpreted, and nothing that is doubtful is lost.

Scalars stay text, because the programs that read these files decide by the field what a text means: `group_wait: 010`.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from simulator.base.names import brief, shown
from simulator.lint.problems import DUPLICATE, REFUSED, Problem

MOST_VALUES = 500_000
"""Values of one file once its aliases are expanded; no file that is meant has a tenth of them."""
_DEEPEST = 100
_NULL = ("", "~", "null", "Null", "NULL")
_MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text."""

    text: str
    line: int
    plain: bool
    """Without quotes around it."""

    @property
    def is_nothing(self) -> bool:
        return self.plain and self.text in _NULL


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys and values; of a key that stands there twice the last."""

    entries: dict[str, "Node"]
    lines: dict[str, int]
    """Of the keys."""
    line: int


Node = Scalar | Items | Keys


@dataclass(frozen=True)
class Marked:
    """What a file says."""

    root: Node | None
    """None: nothing, or no YAML."""
    problems: tuple[Problem, ...]


def read_marked(text: str) -> Marked:
    """The first document of a YAML text, which is the one that Prometheus and Alertmanager read."""
    builder = _Builder()
    try:
        for event in YAML(typ="safe", pure=True).parse(io.StringIO(text)):
            builder.take(event)
            if isinstance(event, DocumentEndEvent):
                break
    except _Unusable as error:
        return Marked(None, (*builder.problems, error.problem))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return Marked(
            None,
            (*builder.problems, _refused(line, f"not YAML: {brief(str(error.problem or error.context))}")),
        )
    except (YAMLError, ValueError) as error:
        return Marked(None, (*builder.problems, _refused(1, f"not YAML: {brief(str(error))}")))
    return Marked(builder.root, tuple(builder.problems))


class _Unusable(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def _refused(line: int, what: str) -> Problem:
    return Problem(REFUSED, line, what, "write it as the YAML specification has it")


@dataclass
class _Open:
    """A list or keys and values that have not ended."""

    line: int
    keyed: bool
    anchor: str | None
    parts: list[Node] = field(default_factory=list)


@dataclass
class _Builder:
    """Makes values of the parser's events, without recursion: nobody knows how deep a file goes."""

    problems: list[Problem] = field(default_factory=list)
    root: Node | None = None
    _open: list[_Open] = field(default_factory=list)
    _anchors: dict[str, Node] = field(default_factory=dict)
    _weights: dict[int, int] = field(default_factory=dict)
    """How many values there are in a list or in keys and values, by identity."""

    def take(self, event: object) -> None:
        if isinstance(event, ScalarEvent):
            plain = event.style is None or event.style == ""
            self._add(Scalar(event.value, event.start_mark.line + 1, plain), event.anchor)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(self._open) >= _DEEPEST:
                raise _Unusable(_refused(event.start_mark.line + 1, f"nested deeper than {_DEEPEST}"))
            keyed = isinstance(event, MappingStartEvent)
            self._open.append(_Open(event.start_mark.line + 1, keyed, event.anchor))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            ended = self._open.pop()
            node = self._keys(ended) if ended.keyed else Items(tuple(ended.parts), ended.line)
            weight = 1 + sum(self._weights.get(id(part), 1) for part in ended.parts)
            if weight > MOST_VALUES:
                raise _Unusable(
                    _refused(ended.line, f"more than {MOST_VALUES} values once aliases are expanded")
                )
            self._weights[id(node)] = weight
            self._add(node, ended.anchor)
        elif isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise _Unusable(
                    _refused(
                        event.start_mark.line + 1, f"the alias *{event.anchor} stands for nothing before it"
                    )
                )
            self._add(self._anchors[event.anchor], None)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self.root = node

    def _keys(self, ended: _Open) -> Keys:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        merged: list[Keys] = []
        for key, value in zip(ended.parts[::2], ended.parts[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise _Unusable(_refused(key.line, "a key that is itself a list or has keys"))
            if key.text == _MERGE and key.plain:
                merged += _all_keys(value)
                continue
            if key.text in entries:
                self.problems.append(
                    Problem(
                        DUPLICATE,
                        key.line,
                        f"the key {shown(key.text)} stands here a second time, after line {lines[key.text]}",
                        "remove one of the two",
                    )
                )
            entries[key.text] = value
            lines[key.text] = key.line
        for other in merged:
            for name, value in other.entries.items():
                entries.setdefault(name, value)
                lines.setdefault(name, other.lines[name])
        return Keys(entries, lines, ended.line)


def _all_keys(value: Node) -> Iterator[Keys]:
    """What `<<` brings in: one, or a list of them."""
    for one in value.items if isinstance(value, Items) else (value,):
        if isinstance(one, Keys):
            yield one
