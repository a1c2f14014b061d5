"""What a condition in PromQL sees by: the queries that must have a value for it to be able to come true.

A comparison gives nothing when it does not hold, and nothing when there is nothing to compare. Only its operands tell the
two apart, asked without the comparison.
"""

from collections.abc import Iterator

import promql_parser

_COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
_ABSENT = ("absent", "absent_over_time")


def rests_on(expr: str) -> tuple[str, ...]:
    """What an expression compares, each part as a query of its own, without any comparison; all of it must have a value.

    Of `and` and `or` both sides count, of `unless` the left one: what stands behind it only suppresses. `absent()` is true
    where there is nothing, so it needs no sight. Neither do numbers and the time.
    """
    return tuple(dict.fromkeys(_text(query) for query in _sights(promql_parser.parse(expr))))


def instances(expr: str) -> tuple[str, ...]:
    """Queries whose series have the labels that the expression's own will have once it is true, and the metric's name.

    None where that cannot be asked: `absent()` makes up its labels.
    """
    return tuple(_instances(promql_parser.parse(expr)))


def _sights(node: object) -> Iterator[object]:
    if isinstance(node, promql_parser.ParenExpr):
        yield from _sights(node.expr)
    elif _op(node) in ("and", "or"):
        yield from (*_sights(node.lhs), *_sights(node.rhs))  # type: ignore[attr-defined]  # an `and` has two sides
    elif _op(node) == "unless":
        yield from _sights(node.lhs)  # type: ignore[attr-defined]  # as above
    elif isinstance(node, promql_parser.BinaryExpr) and _filters(node):
        yield from (*_operand(node.lhs), *_operand(node.rhs))
        if _reads(node.lhs) and _reads(node.rhs) and not _absent(node):
            yield _compared(node)
    else:
        yield from _operand(node)


def _operand(node: object) -> Iterator[object]:
    """One side of a comparison: it may hold others itself, as in `count(up == 0) > 2`."""
    if not _reads(node):
        return
    if not _absent(node):
        yield _unfiltered(node)
    for inner in _inner(node):
        if _op(inner) == "and":
            yield from _sights(inner.rhs)
        else:
            # What a filter lets pass is its left side, which is asked already; 0 and 1 hide that a side is not a number.
            yield from _operand(inner.rhs)
            yield from () if _filters(inner) else _operand(inner.lhs)


def _inner(node: object) -> Iterator[promql_parser.BinaryExpr]:
    """Every comparison and `and` inside a node, itself included."""
    if isinstance(node, promql_parser.BinaryExpr) and (_compares(node) or _op(node) == "and"):
        yield node
    for child in _children(node):
        yield from _inner(child)


def _instances(node: object) -> Iterator[str]:
    if isinstance(node, promql_parser.ParenExpr):
        yield from _instances(node.expr)
    elif _op(node) in ("and", "unless"):
        yield from _instances(node.lhs)  # type: ignore[attr-defined]  # an `and` has two sides
    elif _op(node) == "or":
        yield from (*_instances(node.lhs), *_instances(node.rhs))  # type: ignore[attr-defined]  # as above
    elif not _reads(node) or _absent(node):
        return
    elif isinstance(node, promql_parser.BinaryExpr) and _filters(node):
        sides = [side for side in (node.lhs, node.rhs) if _reads(side)]
        yield _text(_compared(node) if len(sides) > 1 else _unfiltered(sides[0]))
    else:
        yield _text(_unfiltered(node))


def _compared(node: promql_parser.BinaryExpr) -> object:
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


def _unfiltered(node: object) -> object:
    """The node with the left side in the place of each comparison, `and` and `unless` inside it."""

    def let_pass(inner: object) -> object | None:
        if isinstance(inner, promql_parser.BinaryExpr) and (_filters(inner) or _op(inner) in ("and", "unless")):
            return inner.lhs
        return None

    return promql_parser.transform(node, post_visit=let_pass)


def _compares(node: object) -> bool:
    return _op(node) in _COMPARISONS


def _filters(node: object) -> bool:
    modifier = getattr(node, "modifier", None)
    return _compares(node) and not (modifier is not None and modifier.return_bool)


def _op(node: object) -> str:
    return str(node.op) if isinstance(node, promql_parser.BinaryExpr) else ""


def _text(node: object) -> str:
    return str(node.prettify()).strip()  # type: ignore[attr-defined]  # every node of a tree can


def _reads(node: object) -> bool:
    """Whether there is a selector in it; a number or the time can always be told."""
    return isinstance(node, promql_parser.VectorSelector | promql_parser.MatrixSelector) or any(
        _reads(child) for child in _children(node)
    )


def _absent(node: object) -> bool:
    if isinstance(node, promql_parser.Call) and node.func.name in _ABSENT:
        return True
    return any(_absent(child) for child in _children(node))


def _children(node: object) -> list[object]:
    if isinstance(node, promql_parser.MatrixSelector):
        return []
    children = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param")]
    return [child for child in (*children, *(getattr(node, "args", None) or ())) if child is not None]
