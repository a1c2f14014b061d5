"""Markdown, a cell and a line at a time."""

from collections.abc import Iterable

ESCAPED = "\\|<>[]*_`"


def text(said: str) -> str:
    """Text that stays text: what an alert or a reason is called must not become a table's border or a link."""
    for character in ESCAPED:
        said = said.replace(character, f"\\{character}")
    return " ".join(said.split())


def row(cells: Iterable[str]) -> str:
    """A table's line."""
    return f"| {' | '.join(map(text, cells))} |"
