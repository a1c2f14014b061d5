"""What can be read from a rule's expression without asking Prometheus."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import promql_parser
import re2

from simulator.base.promql import parsed
from simulator.base.values import seconds


def window(expr: str, annotations: Mapping[str, str]) -> float:
    """The seconds that an expression looks back, and needs to forget: as the rule's annotation `window` says, else the widest.

    A range that only looks back to what is usual delays nothing, and cannot be told from one that does.
    """
    written = written_window(annotations)
    return widest_window(expr) if written is None else written


def delay(expr: str, annotations: Mapping[str, str]) -> float:
    """The seconds that have to fill for the expression to become true: the same, but for windows of which one sample is enough."""
    written = written_window(annotations)
    return fills(parsed(expr)) if written is None else written


def written_window(annotations: Mapping[str, str]) -> float | None:
    """The annotation `window` of a rule, in seconds; None where there is none, or none that is a duration."""
    try:
        return float(str(seconds(annotations["window"])))
    except (KeyError, ValueError):
        return None


def _range_of(selector: promql_parser.MatrixSelector) -> float:
    return float(selector.range.total_seconds())


def widest_window(expr: str) -> float:
    """The widest range selector of an expression, in seconds; 0 when there is none.

    What stands behind `unless` only suppresses: it delays nothing.
    """
    return widest(parsed(expr))


def widest(node: promql_parser.Expr) -> float:
    """The same of a node."""
    return max(
        (_range_of(one) for one in _nodes(node) if isinstance(one, promql_parser.MatrixSelector)), default=0.0
    )


def fills(node: promql_parser.Expr) -> float:
    """The longest of the windows below a node that have to fill, in seconds.

    A window delays nothing of which one sample is enough: that anything was counted at all (`> 0`), or that its largest is too
    large, or its smallest too small.
    """
    if isinstance(node, promql_parser.ParenExpr):
        return fills(node.expr)
    if isinstance(node, promql_parser.BinaryExpr):
        if str(node.op) in ("and", "or"):
            return max(fills(node.lhs), fills(node.rhs))
        if str(node.op) == "unless":
            return fills(node.lhs)
        if _one_sample_is_enough(node):
            return 0.0
    return widest(node)


_COUNTED = frozenset(("rate", "increase", "changes", "resets", "max_over_time"))
_ENOUGH = {">": "max_over_time", ">=": "max_over_time", "<": "min_over_time", "<=": "min_over_time"}


def _one_sample_is_enough(node: promql_parser.BinaryExpr) -> bool:
    """Whether a comparison holds as soon as one sample says so, however long its window is."""
    called = (one for one in _nodes(node.lhs) if isinstance(one, promql_parser.Call))
    limit, made = node.rhs, {one.func.name for one in called if _has_window(one)}
    if not isinstance(limit, promql_parser.NumberLiteral) or not made:
        return False
    reckoned = {str(one.op) for one in _nodes(node.lhs) if isinstance(one, promql_parser.BinaryExpr)}
    if str(node.op) == ">" and limit.val == 0 and made <= _COUNTED:
        return "-" not in reckoned
    return made == {_ENOUGH.get(str(node.op))} and not reckoned


def _has_window(call: promql_parser.Call) -> bool:
    return any(isinstance(one, promql_parser.MatrixSelector) for one in call.args)


def looks_back(expr: str) -> float:
    """How far into the past an expression looks, in seconds, subqueries included; 0 for one of this moment alone."""
    ranges = [
        node.range or timedelta()
        for node in _nodes(parsed(expr))
        if isinstance(node, promql_parser.MatrixSelector | promql_parser.SubqueryExpr)
    ]
    return max((range_.total_seconds() for range_ in ranges), default=0.0)


def metrics(expr: str) -> Iterator[str]:
    """The metrics an expression can become true by; `up` with its job, as in `up{shop}`.

    A selector that names its metric by a pattern, or not at all, is given as it stands, in braces: `{__name__=~"a.*"}`.
    """
    for node in _nodes(parsed(expr)):
        selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if not isinstance(selector, promql_parser.VectorSelector):
            continue
        name = _metric(selector)
        if name != "up":
            yield name
            continue
        job = next((matcher.value for matcher in selector.matchers.matchers if matcher.name == "job"), "")
        # The simulator's own target is in all lab rules, and no fault of an experiment touches it.
        if job != "simulator":
            yield f"up{{{job}}}"


def matches(matcher: promql_parser.Matcher, text: str) -> bool:
    """Whether a selector's matcher lets a label's value pass; patterns are anchored at both ends, as Prometheus's are."""
    op = promql_parser.MatchOp
    if matcher.op in (op.Equal, op.NotEqual):
        return bool((matcher.value == text) == (matcher.op == op.Equal))
    return bool((re2.fullmatch(matcher.value, text) is not None) == (matcher.op == op.Re))


def _metric(selector: promql_parser.VectorSelector) -> str:
    """A metric's name may also stand among the labels."""
    if selector.name:
        return str(selector.name)
    named = [matcher for matcher in selector.matchers.matchers if matcher.name == "__name__"]
    if len(named) == 1 and named[0].op == promql_parser.MatchOp.Equal and not selector.matchers.or_matchers:
        return str(named[0].value)
    # Of a pattern the other labels are left out, as of a name: they may come with the first failure only.
    return str(promql_parser.Matchers(named) if named else selector.matchers)


def _nodes(node: object) -> Iterator[object]:
    """Every node of a syntax tree that can make its expression true."""
    yield node
    if isinstance(node, promql_parser.MatrixSelector):
        return
    suppresses = str(getattr(node, "op", "")) == "unless"
    children = [getattr(node, name, None) for name in ("lhs", "" if suppresses else "rhs", "expr")]
    for child in [*children, *(getattr(node, "args", None) or [])]:
        if child is not None:
            yield from _nodes(child)
