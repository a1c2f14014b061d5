"""What a condition in PromQL sees by: the queries that must have a value for it to be able to come true.

A comparison gives nothing when it does not hold, and nothing when there is nothing to compare. Only its operands tell the
two apart, asked without the comparison.
"""

from collections.abc import Iterator

import promql_parser
from promql_parser import BinaryExpr, Expr, ParenExpr, VectorSelector

from simulator.base.promql import children, parsed
from simulator.plan.promql import matches

_COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
_ABSENT = ("absent", "absent_over_time")
_ALERTS = ("ALERTS", "ALERTS_FOR_STATE")
"""Prometheus's own series, which are there while an alert is: that there is none is what should be."""
_ALERT_LABELS = ("alertname", "alertstate")
"""Labels that series of alerts have, and what is scraped has not."""
_SCRAPED = "up"
"""A metric that is there wherever anything is scraped: a pattern that lets it pass asks for more than alerts."""


def rests_on(expr: str) -> tuple[str, ...]:
    """What an expression compares, each part as a query of its own, without any comparison; all of it must have a value.

    Of `and` and `or` both sides count, of `unless` the left one: what stands behind it only suppresses. `absent()` is true
    where there is nothing, so it needs no sight. Neither do numbers and the time.
    """
    return tuple(dict.fromkeys(_text(query) for query in _sights(parsed(expr))))


def instances(expr: str) -> tuple[str, ...]:
    """Queries whose series have the labels that the expression's own will have once it is true, and the metric's name.

    None where that cannot be asked: `absent()` makes up its labels.
    """
    return tuple(_instances(parsed(expr)))


def _sights(node: Expr) -> Iterator[Expr]:
    if isinstance(node, ParenExpr):
        yield from _sights(node.expr)
    elif not isinstance(node, BinaryExpr):
        yield from _operand(node)
    elif str(node.op) in ("and", "or", "unless"):
        yield from _sights(node.lhs)
        yield from () if str(node.op) == "unless" else _sights(node.rhs)
    elif _filters(node):
        yield from (*_operand(node.lhs), *_operand(node.rhs))
        if _reads(node.lhs) and _reads(node.rhs) and not _absent(node):
            yield _compared(node)
    else:
        yield from _operand(node)


def _operand(node: Expr) -> Iterator[Expr]:
    """One side of a comparison: it may hold others itself, as in `count(up == 0) > 2`."""
    if not _reads(node):
        return
    if not _absent(node):
        yield _unfiltered(node)
    for inner in _inner(node):
        if str(inner.op) == "and":
            yield from _sights(inner.rhs)
        else:
            # What a filter lets pass is its left side, which is asked already; 0 and 1 hide that a side is not a number.
            yield from _operand(inner.rhs)
            yield from () if _filters(inner) else _operand(inner.lhs)


def _inner(node: Expr) -> Iterator[BinaryExpr]:
    """Every comparison and `and` inside a node, itself included."""
    if isinstance(node, BinaryExpr) and (_compares(node) or str(node.op) == "and"):
        yield node
    for child in children(node):
        yield from _inner(child)


def _instances(node: Expr) -> Iterator[str]:
    if isinstance(node, ParenExpr):
        yield from _instances(node.expr)
    elif isinstance(node, BinaryExpr) and str(node.op) in ("and", "or", "unless"):
        yield from _instances(node.lhs)
        yield from _instances(node.rhs) if str(node.op) == "or" else ()
    elif not _reads(node) or _absent(node):
        return
    elif isinstance(node, BinaryExpr) and _filters(node):
        sides = [side for side in (node.lhs, node.rhs) if _reads(side)]
        yield _text(_compared(node) if len(sides) > 1 else _unfiltered(sides[0]))
    else:
        yield _text(_unfiltered(node))


def _compared(node: BinaryExpr) -> Expr:
    """The same comparison with a value for each pair that is compared, true or not."""
    left, right = (_text(_unfiltered(side)) for side in (node.lhs, node.rhs))
    return promql_parser.parse(f"({left}) {node.op} bool {_matching(node.modifier)} ({right})")


def _matching(modifier: promql_parser.BinModifier | None) -> str:
    if modifier is None:
        return ""
    words = []
    if modifier.matching is not None:
        on = modifier.matching.type == promql_parser.LabelModifierType.Include
        words.append(f"{'on' if on else 'ignoring'} ({', '.join(modifier.matching.labels)})")
    many = promql_parser.VectorMatchCardinality
    words += [
        f"{word} ({', '.join(modifier.group_labels or ())})"
        for card, word in ((many.ManyToOne, "group_left"), (many.OneToMany, "group_right"))
        if modifier.card == card
    ]
    return " ".join(words)


def _unfiltered(node: Expr) -> Expr:
    """The node with the left side in the place of each comparison, `and` and `unless` inside it."""

    def let_pass(inner: Expr) -> Expr | None:
        passes = isinstance(inner, BinaryExpr) and (_filters(inner) or str(inner.op) in ("and", "unless"))
        return inner.lhs if passes else None  # type: ignore[attr-defined]  # it is one, as was just asked

    return promql_parser.transform(node, post_visit=let_pass)


def _compares(node: BinaryExpr) -> bool:
    return str(node.op) in _COMPARISONS


def _filters(node: BinaryExpr) -> bool:
    """Whether it lets pass what holds; with `bool` it gives 0 or 1 instead."""
    return _compares(node) and not (node.modifier is not None and node.modifier.return_bool)


def _text(node: Expr) -> str:
    return node.prettify().strip()


def _reads(node: Expr) -> bool:
    """Whether there is a selector in it; a number or the time can always be told."""
    return isinstance(node, VectorSelector | promql_parser.MatrixSelector) or any(
        _reads(child) for child in children(node)
    )


def _absent(node: Expr) -> bool:
    """Whether there is something in it that has no value while all is well."""
    if isinstance(node, promql_parser.Call) and node.func.name in _ABSENT:
        return True
    if isinstance(node, VectorSelector) and _of_alerts(node):
        return True
    return any(_absent(child) for child in children(node))


def _of_alerts(selector: VectorSelector) -> bool:
    """Whether it selects Prometheus's series of alerts and nothing else, whichever way it names them."""
    asks = any(
        matcher.name in _ALERT_LABELS and not matches(matcher, "") for matcher in selector.matchers.matchers
    )
    others = not asks and _may_be(selector, _SCRAPED)
    return not others and any(_may_be(selector, name) for name in _ALERTS)


def _may_be(selector: VectorSelector, name: str) -> bool:
    """Whether series of this metric can be among those it selects."""
    named = [matcher for matcher in selector.matchers.matchers if matcher.name == "__name__"]
    return selector.name in (None, name) and all(matches(matcher, name) for matcher in named)
