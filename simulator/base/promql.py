"""How an expression of anybody's is parsed: none takes the process down."""

import re

import promql_parser

DEEPEST = 100
"""Levels of an expression that are read: no rule that people write has a tenth of them."""
_MOST_STEPS = 1000
"""Operators and parentheses. The parser's only limit is its stack: with some 5000 it takes the whole process down."""
_STEP = re.compile(r"[-+*/^%<>=!(]|\b(?:and|or|unless|atan2)\b")


def parsed(expr: str) -> promql_parser.Expr:
    """The tree of an expression.

    Raises:
        ValueError: it cannot be parsed, or is so large that it is not read.
    """
    if len(expr) > _MOST_STEPS and len(_STEP.findall(expr)) > _MOST_STEPS:
        raise ValueError(f"it has more than {_MOST_STEPS} operators, which is as far as it is read")
    tree = promql_parser.parse(expr)
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in children(node)]
        if not level:
            return tree
    raise ValueError(f"nested deeper than {DEEPEST} levels, which is as far as it is read")


def children(node: promql_parser.Expr) -> list[promql_parser.Expr]:
    """What an expression is made of, one level down."""
    if isinstance(node, promql_parser.MatrixSelector):
        return [node.vector_selector]
    parts = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param")]
    return [part for part in (*parts, *(getattr(node, "args", None) or ())) if part is not None]
