"""A file with one line removed, doubled, misspelt or given another value: each of them is either still good or refused."""

import re
from collections.abc import Iterator

_KEY = re.compile(r"^(\s*(?:- )?)([\w.]+)(:.*)$")
_VALUES = ("nonsense", "5", "[x]", "{x: y}", "''", "1.5s", "true", "0s", "...")


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """Each change by what it is, and the text with it."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        before, after = lines[:at], lines[at + 1 :]
        yield f"line {at + 1} removed: {line}", _joined(before, after)
        yield f"line {at + 1} doubled: {line}", _joined([*before, line, line], after)
        found = _KEY.match(line)
        if found is None:
            continue
        yield f"line {at + 1} misspelt: {line}", _joined([*before, f"{found[1]}{found[2]}x{found[3]}"], after)
        for value in _VALUES if len(found[3]) > 1 else ():
            changed = f"{found[1]}{found[2]}: {value}"
            yield f"line {at + 1} changed: {changed}", _joined([*before, changed], after)


def _joined(before: list[str], after: list[str]) -> str:
    return "\n".join([*before, *after]) + "\n"
