"""Reads one file field by field, and keeps every complaint: a field that cannot be used is left out, and the rest goes on."""

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from simulator.base.names import nearest, shown
from simulator.lint.files.marked import Items, Keys, Node, Scalar
from simulator.lint.problems import REFUSED, UNKNOWN, Problem
from simulator.plan.durations import duration

_NO_KEYS = Keys({}, {}, 1)


@dataclass
class Reading:
    """Collects what is wrong while a file is read."""

    problems: list[Problem] = field(default_factory=list)

    def refuse(self, line: int, what: str, fix: str) -> None:
        """The program does not take what stands there."""
        self.problems.append(Problem(REFUSED, line, what, fix))

    def keys(self, node: Node | None, what: str, known: Iterable[str] | None = None) -> Keys:
        """Keys and values; nothing where there are none. `known` may hold patterns, as in `*_sd_configs`."""
        if node is None or (isinstance(node, Scalar) and node.is_nothing):
            return _NO_KEYS
        if not isinstance(node, Keys):
            self.refuse(node.line, f"{what} must have keys and values, and is {_kind(node)}", "give it keys")
            return _NO_KEYS
        if known is not None:
            self._unknown(node, what, tuple(known))
        return node

    def _unknown(self, node: Keys, what: str, known: tuple[str, ...]) -> None:
        for name, line in node.lines.items():
            if not any(name == one or ("*" in one and fnmatch.fnmatchcase(name, one)) for one in known):
                guess = nearest(name, (one for one in known if "*" not in one)).partition(" Known:")[0]
                fix = f"correct or remove it{guess}" if guess.startswith(";") else "correct or remove it"
                self.problems.append(Problem(UNKNOWN, line, f"{what} has no key {shown(name)}", fix))

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """A list; nothing where there is none."""
        if node is None or (isinstance(node, Scalar) and node.is_nothing):
            return ()
        if not isinstance(node, Items):
            self.refuse(
                node.line, f"{what} must be a list, and is {_kind(node)}", "begin each entry with a dash"
            )
            return ()
        return node.items

    def text(self, node: Node | None, what: str) -> str:
        """A text; empty where there is none."""
        if node is None or (isinstance(node, Scalar) and node.is_nothing):
            return ""
        if not isinstance(node, Scalar):
            self.refuse(node.line, f"{what} must be a text, and is {_kind(node)}", "write one text")
            return ""
        return node.text

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self.text(one, what) for one in self.items(node, what))

    def mapping(self, node: Node | None, what: str) -> Mapping[str, str]:
        """Keys with texts."""
        return {name: self.text(value, what) for name, value in self.keys(node, what).entries.items()}

    def seconds(self, node: Node | None, what: str) -> float | None:
        """A duration; None where there is none, or none that can be read."""
        text = self.text(node, what)
        if not isinstance(node, Scalar) or node.is_nothing:
            return None
        try:
            return duration(text)
        except ValueError as error:
            self.refuse(node.line, f"{what}: {error}", "write a number and its unit: 30s")
            return None


def _kind(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"the text {shown(node.text)}"
    return "a list" if isinstance(node, Items) else "keys and values"
