"""Which labels the alerts of an expression carry: those whose value is sure, and those that cannot be there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    LabelModifierType,
    MatrixSelector,
    SubqueryExpr,
    UnaryExpr,
    VectorMatchCardinality,
    VectorSelector,
)

from simulator.lint.syntax import ABSENT, bare, is_scalar, selectors

_KEEP_ALL = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))
_MANY_LEFT, _MANY_RIGHT = VectorMatchCardinality.ManyToOne, VectorMatchCardinality.OneToMany
_WRITE = ("label_replace", "label_join")


@dataclass(frozen=True)
class Carried:
    """What is known of the labels of some series."""

    sure: Mapping[str, str] = field(default_factory=dict)
    """Labels with the value that each of them has."""
    only: frozenset[str] | None = None
    """No other label can be there; None: any may be."""
    gone: frozenset[str] = frozenset()
    """Labels that cannot be there."""

    def may_have(self, label: str) -> bool:
        """Whether some of the series may have it."""
        return label not in self.gone and (self.only is None or label in self.only)

    def without(self, labels: Iterable[str]) -> "Carried":
        """What is left when these are taken away."""
        lost = frozenset(labels)
        return Carried(
            {name: value for name, value in self.sure.items() if name not in lost},
            None if self.only is None else self.only - lost,
            self.gone | lost,
        )

    def just(self, labels: Iterable[str]) -> "Carried":
        """What is left when only these are kept."""
        kept = frozenset(name for name in labels if self.may_have(name))
        return Carried({name: value for name, value in self.sure.items() if name in kept}, kept, self.gone)

    def written(self, labels: Mapping[str, str | None]) -> "Carried":
        """With these labels written over whatever there was; None: with a value that nobody knows."""
        sure = {name: value for name, value in self.sure.items() if name not in labels}
        sure |= {name: value for name, value in labels.items() if value}
        written = frozenset(labels)
        only = None if self.only is None else self.only | written
        return Carried(sure, only, self.gone - written)


NOTHING = Carried(only=frozenset())


def carried(node: Expr) -> Carried:
    """The labels of an expression's series, but for the metric's name."""
    node = bare(node)
    if is_scalar(node):
        return NOTHING
    match node:
        case VectorSelector():
            return _of_selector(node)
        case MatrixSelector():
            return _of_selector(node.vector_selector)
        case SubqueryExpr() | UnaryExpr():
            return carried(node.expr)
        case AggregateExpr():
            return _of_aggregation(node)
        case Call():
            return _of_call(node)
        case BinaryExpr():
            return _of_operation(node)
        case _:
            return NOTHING


def _of_selector(node: VectorSelector) -> Carried:
    found = next(selectors(node))
    values = found.values
    none = frozenset(name for name, value in values.items() if not value)
    return Carried({name: value for name, value in values.items() if value}, None, none)


def _of_aggregation(node: AggregateExpr) -> Carried:
    inner = carried(node.expr)
    kind = str(node.op)
    if kind in _KEEP_ALL:
        return inner
    if node.modifier is None:
        kept = NOTHING
    elif node.modifier.type == AggModifierType.By:
        kept = inner.just(node.modifier.labels)
    else:
        kept = inner.without(node.modifier.labels)
    if kind == "count_values":
        return kept.written({str(getattr(node.param, "val", "")): None})
    return kept


def _of_call(node: Call) -> Carried:
    name, args = node.func.name, list(node.args)
    if name in ABSENT:
        found = next(selectors(args[0]), None)
        sure = {} if found is None else {label: value for label, value in found.values.items() if value}
        return Carried(sure, frozenset(sure))
    if name in _WRITE:
        return carried(args[0]).written({str(getattr(args[1], "val", "")): None})
    if name == "histogram_quantile":
        return carried(args[1]).without(["le"])
    vectors = [one for one in args if next(selectors(one), None) is not None]
    return carried(vectors[0]) if vectors else NOTHING


def _of_operation(node: BinaryExpr) -> Carried:
    left, right = carried(node.lhs), carried(node.rhs)
    kind = str(node.op)
    if kind == "or":
        return _either(left, right)
    if kind in ("and", "unless") or is_scalar(node.rhs):
        return left
    if is_scalar(node.lhs):
        return right
    modifier = node.modifier
    if modifier is not None and modifier.card in (_MANY_LEFT, _MANY_RIGHT):
        many, one = (left, right) if modifier.card == _MANY_LEFT else (right, left)
        brought = modifier.group_labels or ()
        return many.written({label: one.sure.get(label) for label in brought if one.may_have(label)})
    both = Carried({**right.sure, **left.sure}, left.only, left.gone)
    if modifier is None or modifier.matching is None:
        return both
    if modifier.matching.type == LabelModifierType.Include:
        return both.just(modifier.matching.labels)
    return left.without(modifier.matching.labels)


def _either(left: Carried, right: Carried) -> Carried:
    sure = {name: value for name, value in left.sure.items() if right.sure.get(name) == value}
    only = None if left.only is None or right.only is None else left.only | right.only
    gone = frozenset(
        name for name in left.gone | right.gone if not (left.may_have(name) or right.may_have(name))
    )
    return Carried(sure, only, gone)
