"""What a PromQL expression reads, and how: its syntax tree looked through for what findings rest on."""

from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser
from promql_parser import BinaryExpr, Expr, MatrixSelector, NumberLiteral, ParenExpr, VectorSelector

from simulator.base.promql import children
from simulator.plan.promql import matches

COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
SETS = frozenset(("and", "or", "unless"))
ABSENT = ("absent", "absent_over_time")
RATES = (
    "rate",
    "irate",
    "increase",
    "delta",
    "idelta",
    "deriv",
    "predict_linear",
    "double_exponential_smoothing",
)
"""Functions that say nothing of a single sample."""


@dataclass(frozen=True)
class Selector:
    """Some series, and how an expression looks at them."""

    name: str
    """The metric; empty where it is given by a pattern, or not at all."""
    matchers: tuple[promql_parser.Matcher, ...]
    """But for that of the name."""
    window: float
    """Seconds that it looks back; 0 for the newest sample."""
    function: str
    """What is made of a window; empty where there is none."""
    offset: float = 0.0
    """Seconds by which it looks at another time than now."""

    def fits(self, label: str, value: str) -> bool:
        """Whether series with this value of a label can be among those."""
        return all(matches(one, value) for one in self.matchers if one.name == label)

    def asks_for(self, label: str) -> bool:
        """Whether it says anything of a label."""
        return any(one.name == label for one in self.matchers)

    @property
    def values(self) -> dict[str, str]:
        """Labels whose value is given."""
        equal = promql_parser.MatchOp.Equal
        return {one.name: one.value for one in self.matchers if one.op == equal}


def selectors(node: Expr, function: str = "") -> Iterator[Selector]:
    """All series that an expression reads, wherever in it."""
    if isinstance(node, MatrixSelector):
        yield _selector(node.vector_selector, node.range.total_seconds(), function)
    elif isinstance(node, VectorSelector):
        yield _selector(node, 0.0, "")
    else:
        inside = node.func.name if isinstance(node, promql_parser.Call) else function
        for child in children(node):
            yield from selectors(child, inside)


def inputs(node: Expr) -> Iterator[Selector]:
    """The series by which an expression can come true: what stands behind `unless` only suppresses."""
    node = bare(node)
    if isinstance(node, BinaryExpr) and str(node.op) in SETS:
        yield from inputs(node.lhs)
        yield from () if str(node.op) == "unless" else inputs(node.rhs)
    else:
        yield from selectors(node)


def _selector(node: VectorSelector, window: float, function: str) -> Selector:
    equal = promql_parser.MatchOp.Equal
    named = [one for one in node.matchers.matchers if one.name == "__name__"]
    by_label = named[0].value if len(named) == 1 and named[0].op == equal else ""
    others = tuple(one for one in node.matchers.matchers if one.name != "__name__")
    offset = node.offset.total_seconds() if node.offset else 0.0
    return Selector(str(node.name or by_label), others, window, function, offset)


def bare(node: Expr) -> Expr:
    """The same without the parentheses around it."""
    while isinstance(node, ParenExpr):
        node = node.expr
    return node


def walk(node: Expr) -> Iterator[Expr]:
    """The node, and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def calls(node: Expr, *names: str) -> Iterator[promql_parser.Call]:
    """Every call of one of these functions."""
    for one in walk(node):
        if isinstance(one, promql_parser.Call) and one.func.name in names:
            yield one


def number(node: Expr) -> float | None:
    """The value of a number, as in `5`, `-1` or `0.05 * 100`; None where it is none."""
    node = bare(node)
    if isinstance(node, NumberLiteral):
        return float(node.val)
    if isinstance(node, promql_parser.UnaryExpr):
        inner = number(node.expr)
        return None if inner is None else -inner
    if isinstance(node, BinaryExpr) and str(node.op) in ("*", "/"):
        left, right = number(node.lhs), number(node.rhs)
        if left is None or right is None or (str(node.op) == "/" and not right):
            return None
        return left * right if str(node.op) == "*" else left / right
    return None


def threshold_of_ratio(node: Expr) -> float | None:
    """The share above which a bare ratio of counters is compared, between 0 and 1; None for any other expression.

    As in `sum(rate(a[5m])) / sum(rate(b[5m])) > 0.05`, or times 100 and `> 5`.
    """
    node = bare(node)
    if not isinstance(node, BinaryExpr) or str(node.op) not in (">", ">="):
        return None
    limit, ratio = number(node.rhs), bare(node.lhs)
    scale = 1.0
    if isinstance(ratio, BinaryExpr) and str(ratio.op) == "*":
        factors = [(number(ratio.lhs), ratio.rhs), (number(ratio.rhs), ratio.lhs)]
        scale, ratio = next(((one, bare(rest)) for one, rest in factors if one), (1.0, ratio))
    if limit is None or not isinstance(ratio, BinaryExpr) or str(ratio.op) != "/":
        return None
    read = [list(selectors(side)) for side in (ratio.lhs, ratio.rhs)]
    counted = all(side and all(one.function in ("rate", "increase") for one in side) for side in read)
    share = limit / scale if scale else 0.0
    return share if counted and 0 < share < 1 else None


def is_scalar(node: Expr) -> bool:
    """Whether it is one number, and no series."""
    node = bare(node)
    if isinstance(node, NumberLiteral):
        return True
    if isinstance(node, BinaryExpr):
        return is_scalar(node.lhs) and is_scalar(node.rhs)
    if isinstance(node, promql_parser.UnaryExpr):
        return is_scalar(node.expr)
    return isinstance(node, promql_parser.Call) and node.func.return_type == promql_parser.ValueType.Scalar


def always_there(node: Expr) -> bool:
    """Whether it reads no series at all, as `vector(1)`: then it is always true, or never."""
    return next(selectors(node), None) is None
