"""The shape of the code: short functions, short files, and nothing in it that does not belong."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.checkout import ROOT

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
PRODUCT = ("simulator/", "docs/", "locustfile.py", "locust_plugins.py")
GENERATED = (
    "docs/attached.md",
    "docs/commands.md",
    "docs/faults.md",
    "simulator/erpgo/stack/grafana/dashboards/",
    "simulator/erpgo/stack/images/erpgo/requirements.txt",
    "simulator/erpgo/stack/prometheus/rules/",
)
"""Written by a program: its lengths are not ours."""

FOREIGN = {
    "a place on somebody's machine": re.compile(r"(?<![\w.$}-])/(home|Users|work)/\w"),
    "a host that packages come from": re.compile(
        r"\b(py[p]i\.(org|io)|pythonhosted\.org|registry\.npmj[s]\.org|crates\.i[o]|proxy\.golang\.or[g])\b"
    ),
    "something put off": re.compile(r"\b(TO[D]O|FIXM[E]|XX[X])\b"),
    "a mark of an unfinished merge": re.compile(r"^(<{7}|>{7}) ", re.MULTILINE),
}
"""What must not stand in any tracked text file. The brackets keep the patterns from finding themselves."""


@cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control that is still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=30)
    paths = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    return tuple(path for path in paths if (ROOT / path).is_file())


def python(*folders: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and str(path).startswith(folders)]


def text(path: Path) -> str:
    """The file's text; empty for what is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_there_is_something_to_look_at() -> None:
    assert len(python(*PRODUCT)) > 100
    assert len(python("tests/")) > 50


def test_functions_are_short() -> None:
    long = [
        f"{path}:{node.lineno}: {node.name} has {(node.end_lineno or 0) - node.lineno + 1} lines"
        for path in python(*PRODUCT)
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_files_are_short() -> None:
    ours = [
        path for path in tracked() if str(path).startswith(PRODUCT) and not str(path).startswith(GENERATED)
    ]
    lengths = {path: len(text(path).splitlines()) for path in ours}
    assert {str(path): lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


@pytest.mark.parametrize("what", FOREIGN)
def test_nothing_foreign_is_tracked(what: str) -> None:
    found = [
        f"{path}:{text(path)[: match.start()].count(chr(10)) + 1}: {match.group()}"
        for path in tracked()
        for match in FOREIGN[what].finditer(text(path))
    ]
    assert found == []


def test_tests_neither_sleep_nor_patch() -> None:
    """They wait for conditions, and put fakes only at the outermost edge."""
    wrong = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path in python("tests/")
        for node in ast.walk(ast.parse(text(path)))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("time.sleep", "mock.patch"))
        or (
            isinstance(node, ast.ImportFrom)
            and node.module in ("unittest.mock", "unittest", "time")
            and imports_it(node)
        )
    ]
    assert wrong == []


def imports_it(node: ast.ImportFrom) -> bool:
    return not {"mock", "patch", "sleep"}.isdisjoint(alias.name for alias in node.names)
