"""What a comment, a docstring or a message cites is there to be read."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.report import formats
from tests.docs.pages import ROOT

FOLDERS = ("simulator", "stack", "scenarios", "docs", "requirements", "tests")
PATH = re.compile(
    rf"(?<![\w/.<{{*])(?:{'|'.join(FOLDERS)})/[\w./-]*\w\.(?:py|md|ya?ml|json|html|txt|toml|conf|in)\b"
    r"|(?<![\w/.<{*-])[\w-]+\.md\b"
)
"""A file of the project as a text names it: by its path from the root, or a page by its name."""
ELSEWHERE = re.compile(r"\b(?:DECISIONS|DESIGN|ATTACHED|ERPGO\.md|HOUSE\.md|LAB\.md)\b")
"""Papers that were written before the project and are no part of it. The test below is the one place that names them."""
HERE = Path(__file__).relative_to(ROOT)


def python() -> list[Path]:
    return sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def said(path: Path) -> Iterator[tuple[int, str]]:
    """The comments and strings of a file, with their lines."""
    source = (ROOT / path).read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            yield token.start[0], token.string


def missing(text: str) -> list[str]:
    """The cited files that are nowhere."""
    reports = {one.filename for one in formats().values()}
    cited = [name for found in PATH.finditer(text) if (name := found.group()) not in reports]
    return [name for name in cited if not any((ROOT / place / name).exists() for place in ("", "docs"))]


@pytest.mark.parametrize("folder", FOLDERS[:5])
def test_every_file_that_the_code_cites_exists(folder: str) -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for path in python()
        if path.parts[0] == folder
        for line, text in said(path)
        for name in missing(text)
    ]
    assert wrong == []


def test_nothing_cites_what_is_no_part_of_the_project() -> None:
    wrong = [
        f"{path}:{line}: {found.group()}"
        for path in python()
        if path != HERE
        for line, text in said(path)
        for found in ELSEWHERE.finditer(text)
    ]
    assert wrong == []


def test_a_citation_of_nothing_would_be_found() -> None:
    assert missing("as in DESIGN.md and simulator/nowhere.py") == ["DESIGN.md", "simulator/nowhere.py"]
    assert missing("docs/rules.md, rules.md and https://example.org/x/NONE.md") == []
