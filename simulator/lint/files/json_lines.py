"""In which line of a JSON text a value stands: looked up only for what is told, because Python's own reader forgets it."""

import json
from collections.abc import Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # which the library uses itself

_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line, from 1 on, of the value behind these keys and indices; of the deepest part of them that is there."""
    at = _skip(text, 0)
    for part in path:
        found = _key(text, at, part) if isinstance(part, str) else _item(text, at, part)
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _key(text: str, at: int, key: str) -> int | None:
    """Where the value of a key begins, in the object that begins at a place."""
    if text[at] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1, True)
        at = _skip(text, _skip(text, at) + 1)  # a colon is between them
        if name == key:
            return at
        at = _next(text, at)
    return None


def _item(text: str, at: int, index: int) -> int | None:
    if text[at] != "[":
        return None
    at = _skip(text, at + 1)
    while text[at] != "]":
        if index == 0:
            return at
        index -= 1
        at = _next(text, at)
    return None


def _next(text: str, at: int) -> int:
    """Behind a value, and the comma after it if there is one."""
    _, at = _DECODER.raw_decode(text, at)
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at
