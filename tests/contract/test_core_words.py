"""The core speaks of no system in particular: what it is called there, and what it says, has no word of ERPGo's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import ROOT

WORDS = {"erpgo", "order", "orders"}
SORTING = {"order", "_order", "_in_order"}
"""Names of variables and functions that put things into an order; a field or an argument of that name is another thing."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_FREE = re.compile(r"\bORDER BY\b|\berpgo-simulator\b")
"""SQL's, and the name under which this package is installed."""

STILL_SPEAK_ERPGO: dict[str, str] = {
    "simulator/base/former.py": "reads what was written before systems had names; stays",
}
"""Files of the core that still do, and why; the list may only get shorter."""


def core() -> list[Path]:
    """Every source and template of the core, relative to the checkout."""
    found = [path for kind in ("*.py", "*.j2", "*.html") for path in (ROOT / "simulator").rglob(kind)]
    relative = (path.relative_to(ROOT) for path in found)
    return sorted(path for path in relative if path.parts[1] != "erpgo")


def words(text: str) -> set[str]:
    """The words of a text or an identifier, in lower case."""
    return {word.lower() for word in _WORD.findall(_FREE.sub("", text))}


def said(path: Path) -> set[str]:
    """Of `WORDS`, those that a file uses; prose (docstrings and comments) is not looked at."""
    text = (ROOT / path).read_text(encoding="utf-8")
    texts = _spoken(ast.parse(text)) if path.suffix == ".py" else [text]
    return {word for one in texts for word in words(one) & WORDS}


def _spoken(tree: ast.AST) -> Iterator[str]:
    """All identifiers and string literals below a node."""
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    fields = {
        id(node.target)
        for kind in ast.walk(tree)
        if isinstance(kind, ast.ClassDef)
        for node in kind.body
        if isinstance(node, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        if id(node) in prose:
            continue
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if name not in SORTING or id(node) in fields:
                    yield name
            case ast.Attribute(attr=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.ImportFrom(module=str(name)) | ast.alias(name=name):
                yield name


def test_no_more_files_of_the_core_speak_of_erpgo() -> None:
    speaking = {str(path): said(path) for path in core() if said(path)}
    assert {path: found for path, found in speaking.items() if path not in STILL_SPEAK_ERPGO} == {}
    assert set(STILL_SPEAK_ERPGO) <= set(speaking), "a file that is clean leaves the list"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("class Receipt:\n    order: str", {"order"}),
        ("traffic.orders", {"orders"}),
        ("Receipt(order=1)", {"order"}),
        ("def place(order): ...", {"order"}),
        ("class OrderBook: ...", {"order"}),
        ("_ORDERS_CREATED = 1", {"orders"}),
        ("query('sum(erpgo_orders_created_total)')", {"erpgo", "orders"}),
        ("f'{rate} orders/s'", {"orders"}),
        ("from simulator.erpgo.system import ERPGO", {"erpgo"}),
        ("order = sorted(rows, key=_order)", set()),
        ("'''Rows in order of time; ERPGo's.'''", set()),
        ("'SELECT 1 ORDER BY border'", set()),
        ("ordered = reordered", set()),
    ],
)
def test_what_counts_as_speaking_of_it(source: str, found: set[str]) -> None:
    assert {word for one in _spoken(ast.parse(source)) for word in words(one) & WORDS} == found
