"""A verdict's words are for people: nothing in the product asks them what happened, for there are causes."""

import ast

import pytest

from tests.checkout import ROOT

WORDS = ("reason", "text", "said")
READING = (
    *(
        "startswith",
        "endswith",
        "find",
        "index",
        "partition",
        "rpartition",
        "split",
        "removeprefix",
        "removesuffix",
    ),
    *("replace", "count", "lower", "upper"),
)
ROOMS = ("judge", "history", "report", "engine")


def readings(source: str) -> list[str]:
    """Where words of a value are searched, cut, or compared with a text."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in READING and is_words(node.value):
            found.append(node)
        if isinstance(node, ast.Compare) and any(map(is_words, (node.left, *node.comparators))):
            found.append(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
            "match",
            "search",
            "fullmatch",
        ):
            found += [one for one in node.args if is_words(one)]
    return [f"{node.lineno}: {ast.unparse(node)}" for node in found]


def is_words(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in WORDS


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_reads_them(room: str) -> None:
    paths = sorted((ROOT / "simulator" / room).rglob("*.py"))
    assert {path.name: found for path in paths if (found := readings(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "read",
    [
        "alert.reason.startswith('late')",
        "finding.reason.replace('notified', 'fired')",
        "reason.text.rpartition(': ')",
        "alert.reason == 'did not fire'",
        "'late' in alert.reason",
        "_UNEXPECTED.match(one.text)",
    ],
)
def test_reading_them_would_be_seen(read: str) -> None:
    assert readings(read)
