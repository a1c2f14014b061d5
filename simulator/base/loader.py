"""From YAML files to frozen values: the only place that sees raw YAML.

Every complaint names the file, the line and the key.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError

from simulator.base.errors import BadInput
from simulator.base.files import read_file
from simulator.base.names import brief, nearest, shown

MAX_BYTES = 32 * 1024
"""Twenty times our longest file; the YAML parser needs a second for the worst file of this size."""
MAX_NODES = 10_000
"""An alias is expanded wherever it is used; this bound defuses files that grow a billionfold."""
MAX_DEPTH = 50
"""Deeper than any experiment, far from Python's own limit."""
MAX_COMPLAINTS = 20
"""Told about one file; the rest is counted."""
MAX_WHOLE = 10**18
"""Beyond it a whole number is no setting; Python refuses to print those of 4300 digits."""

_WORD = re.compile(r"[\w-]{1,60}", re.ASCII)

M = TypeVar("M", bound=BaseModel)


def load(path: Path, model: type[M]) -> M:
    """Read one YAML file into its model; the file's stem is the value's name.

    Raises:
        BadInput: unreadable, too large, not YAML, or not valid; the message has one line a complaint.
    """
    return load_as(path, lambda _: model)


def load_as(path: Path, choose: Callable[[Mapping[str, Any]], type[M]]) -> M:
    """The same for a file whose own keys say which model it is.

    Raises:
        BadInput: as above.
    """
    tree = _tree(path)
    if "name" in tree:
        raise BadInput(f"{path}:{_line(tree, ('name',))}: name: the file's name is the name; remove this key")
    plain = _plain(tree, path)
    model = choose(plain)
    try:
        return model.model_validate({"name": path.stem, **plain})
    except ValidationError as error:
        lines = [_complaint(path, tree, model, details) for details in error.errors()[:MAX_COMPLAINTS]]
        more = error.error_count() - len(lines)
        raise BadInput("\n".join([*lines, *([f"{path}: and {more} more"] if more else [])])) from None


def top_keys(path: Path) -> frozenset[str]:
    """The keys of a YAML file, by which one kind of file is told from another.

    Raises:
        BadInput: unreadable, too large, or not YAML.
    """
    return frozenset(map(str, _tree(path)))


def _tree(path: Path) -> CommentedMap:
    tree = _parse(path, _read(path))
    if not isinstance(tree, CommentedMap):
        raise BadInput(f"{path}:1: expected keys and values, found {type(tree).__name__}")
    return tree


def _read(path: Path) -> str:
    try:
        return read_file(path, MAX_BYTES).decode()
    except UnicodeDecodeError:
        raise BadInput(f"{path}: cannot be read: it is not UTF-8; save it as UTF-8") from None


def _parse(path: Path, text: str) -> object:
    parser = YAML(typ="rt", pure=True)
    parser.max_depth = MAX_DEPTH
    try:
        return parser.load(text)
    except MaxDepthExceededError:
        raise BadInput(f"{path}: nested deeper than {MAX_DEPTH}; no experiment is") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        why = brief(str(error.problem or error.context))
        raise BadInput(f"{path}:{line}: not valid YAML: {why}") from None
    except Exception as error:  # noqa: BLE001  what its tags and merge keys run into on odd files, KeyError and all
        raise BadInput(f"{path}: not valid YAML: {brief(f'{type(error).__name__}: {error}')}") from None


def _plain(tree: CommentedMap, path: Path) -> dict[str, Any]:
    """The tree without ruamel's mappings and lists, its size bounded, and nothing in it that JSON cannot hold."""
    budget = MAX_NODES

    def copy(node: Any, where: tuple[Any, ...]) -> Any:
        nonlocal budget
        budget -= 1
        if budget < 0 or len(where) > MAX_DEPTH:
            raise BadInput(
                f"{path}: more than {MAX_NODES} values once aliases are expanded, or nested deeper than {MAX_DEPTH};"
                " an experiment needs far less: write out what you mean"
            )
        if isinstance(node, dict):
            return {
                _sound(key, path, tree, (*where, key), key=True): copy(value, (*where, key))
                for key, value in node.items()
            }
        if isinstance(node, list):
            return [copy(value, (*where, at)) for at, value in enumerate(node)]
        return _sound(node, path, tree, where)

    return dict(copy(tree, ()))


def _sound(leaf: Any, path: Path, tree: CommentedMap, where: tuple[Any, ...], *, key: bool = False) -> Any:
    """A key or a value that is no mapping and no list.

    Raises:
        BadInput: it is of a kind, or beyond a limit, that no setting has.
    """
    wrong = ""
    if isinstance(leaf, date) and not isinstance(leaf, datetime) and not key:
        return leaf.isoformat()
    if isinstance(leaf, str):
        if any("\ud800" <= char <= "\udfff" for char in leaf):
            wrong = "half a character (a lone surrogate); write the character itself"
    elif key or not isinstance(leaf, int | float | None):
        wrong = f"{'a key' if key else 'a value'} of type {type(leaf).__name__}; if it is text, put it into quotes"
    elif isinstance(leaf, int) and abs(leaf) > MAX_WHOLE:
        wrong = f"a whole number beyond {MAX_WHOLE}; no setting is that large"
    if wrong:
        raise BadInput(f"{path}:{_line(tree, where)}: {_dotted(where[:-1] if key else where)}: found {wrong}")
    return leaf


def _dotted(where: tuple[Any, ...]) -> str:
    """Where something stands, as `faults.0.service`; a key that is no plain word is quoted."""
    return ".".join(str(part) if _WORD.fullmatch(str(part)) else shown(part) for part in where) or "the file"


def _complaint(path: Path, tree: CommentedMap, model: type[BaseModel], details: Any) -> str:
    where = tuple(details["loc"])
    message = str(details["msg"]).removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        message = f"unknown key{_known_keys(model, where)}"
    elif details["type"] == "missing":
        message = "this key is missing"
    elif "input" in details and isinstance(details["input"], str | int | float | bool):
        message = f"{message} (found {_found(details['input'])})"
    return f"{path}:{_line(tree, where)}: {_dotted(where)}: {message}"


def _found(given: str | float) -> str:
    return shown(given) if isinstance(given, str) else repr(given)


def _known_keys(model: type[BaseModel], where: tuple[Any, ...]) -> str:
    if len(where) != 1:
        return ""
    known = (field.alias or name for name, field in model.model_fields.items() if name != "name")
    return nearest(str(where[0]), known)


def _line(tree: CommentedMap, where: tuple[Any, ...]) -> int:
    """The line of the deepest part of `where` that the file has."""
    node: Any = tree
    line = int(tree.lc.line) + 1
    for part in where:
        try:
            if isinstance(node, CommentedMap):
                line = int(node.lc.key(part)[0]) + 1
            elif isinstance(node, CommentedSeq):
                line = int(node.lc.item(part)[0]) + 1
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line
