"""From YAML files to frozen values: the only place that sees raw YAML.

Every complaint names the file, the line and the key.
"""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from simulator.errors import BadInput
from simulator.names import nearest

MAX_BYTES = 256 * 1024
MAX_NODES = 10_000
"""An alias is expanded wherever it is used; this bound defuses files that grow a billionfold."""

M = TypeVar("M", bound=BaseModel)


def load(path: Path, model: type[M]) -> M:
    """Read one YAML file into its model; the file's stem is the value's name.

    Raises:
        BadInput: unreadable, too large, not YAML, or not valid; the message has one line a complaint.
    """
    tree = _parse(path, _read(path))
    if not isinstance(tree, CommentedMap):
        raise BadInput(f"{path}:1: expected keys and values, found {type(tree).__name__}")
    if "name" in tree:
        raise BadInput(f"{path}:{_line(tree, ('name',))}: name: the file's name is the name; remove this key")
    try:
        return model.model_validate({"name": path.stem, **_plain(tree, path)})
    except ValidationError as error:
        lines = [_complaint(path, tree, model, details) for details in error.errors()]
        raise BadInput("\n".join(lines)) from None


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path}: {path.stat().st_size} bytes; at most {MAX_BYTES} are read")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(f"{path}: cannot be read: {reason}") from None


def _parse(path: Path, text: str) -> object:
    try:
        return YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise BadInput(f"{path}:{line}: not valid YAML: {error.problem or error.context}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"{path}: not valid YAML: {first}") from None


def _plain(tree: CommentedMap, path: Path) -> dict[str, Any]:
    """The tree without ruamel's types, its size bounded."""
    budget = MAX_NODES

    def copy(node: Any, depth: int) -> Any:
        nonlocal budget
        budget -= 1
        if budget < 0 or depth > 50:  # noqa: PLR2004  deeper than any experiment, far from Python's own limit
            raise BadInput(
                f"{path}: more than {MAX_NODES} values once aliases are expanded, or nested too deeply"
            )
        if isinstance(node, dict):
            return {str(key): copy(value, depth + 1) for key, value in node.items()}
        if isinstance(node, list):
            return [copy(value, depth + 1) for value in node]
        return node

    return {str(key): copy(value, 1) for key, value in tree.items()}


def _complaint(path: Path, tree: CommentedMap, model: type[BaseModel], details: Any) -> str:
    where = tuple(details["loc"])
    key = ".".join(str(part) for part in where) or "the file"
    message = str(details["msg"]).removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        message = f"unknown key{_known_keys(model, where)}"
    elif details["type"] == "missing":
        message = "this key is missing"
    elif "input" in details and isinstance(details["input"], str | int | float | bool):
        message = f"{message} (found {details['input']!r})"
    return f"{path}:{_line(tree, where)}: {key}: {message}"


def _known_keys(model: type[BaseModel], where: tuple[Any, ...]) -> str:
    if len(where) != 1:
        return ""
    return nearest(str(where[0]), (name for name in model.model_fields if name != "name"))


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
