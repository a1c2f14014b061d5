"""Which series an alert misses: of which jobs it would say that their targets are down, or that something has gone."""

from collections.abc import Iterator

from promql_parser import BinaryExpr, Expr

from simulator.lint.files.rules import Rule
from simulator.lint.syntax import ABSENT, COMPARISONS, SETS, Selector, bare, calls, number, selectors, walk

_UP = "up"


def misses(rule: Rule) -> Iterator[Selector]:
    """`up` where it is compared so that 0 makes the alert fire, and everything whose absence does."""
    for node in _firing(rule.tree):
        if isinstance(node, BinaryExpr) and str(node.op) in COMPARISONS and _fires_at_0(node):
            yield from (one for one in selectors(node.lhs) if one.name == _UP)
    for call in calls(rule.tree, *ABSENT):
        yield from selectors(call)


def _firing(node: Expr) -> Iterator[Expr]:
    """All of an expression but what stands behind `unless`, which only suppresses."""
    node = bare(node)
    if isinstance(node, BinaryExpr) and str(node.op) in SETS:
        yield from _firing(node.lhs)
        yield from () if str(node.op) == "unless" else _firing(node.rhs)
    else:
        yield from walk(node)


def _fires_at_0(node: BinaryExpr) -> bool:
    """Whether a comparison holds for targets that are down, as `up == 0`, `sum(up) < 2` and `1 - avg(up) > 0.1` do."""
    limit, kind = number(node.rhs), str(node.op)
    if kind == "==":
        return limit == 0
    if kind == "!=":
        return limit != 0
    taken_away = any(isinstance(one, BinaryExpr) and str(one.op) == "-" for one in walk(node.lhs))
    return (kind in ("<", "<=")) != taken_away
