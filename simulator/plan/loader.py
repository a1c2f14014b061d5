"""From YAML files to frozen values: the only place that sees raw YAML.

Every complaint names the file, the line and the key.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from simulator.errors import BadInput
from simulator.names import nearest
from simulator.plan.models import Experiment, GameDay

MAX_BYTES = 256 * 1024
MAX_NODES = 10_000
"""An alias is expanded wherever it is used; this bound defuses files that grow a billionfold."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Catalogue:
    """The experiments and game days of a folder; they share one name space."""

    experiments: dict[str, Path]
    game_days: dict[str, Path]

    @classmethod
    def of(cls, scenarios: Path) -> "Catalogue":
        """Read the names, not the files.

        Raises:
            BadInput: an experiment and a game day share a name.
        """
        experiments = {path.stem: path for path in sorted((scenarios / "experiments").glob("*.yaml"))}
        game_days = {path.stem: path for path in sorted((scenarios / "gamedays").glob("*.yaml"))}
        both = sorted(experiments.keys() & game_days.keys())
        if both:
            raise BadInput(f"{both[0]!r} is both an experiment and a game day; rename one of the files")
        return cls(experiments, game_days)

    def resolve(self, name: str) -> tuple[GameDay, tuple[Experiment, ...]]:
        """A game day by name, or an experiment by name or path as a game day of its own.

        Raises:
            BadInput: unknown name, or a file that does not validate.
        """
        if name in self.game_days:
            game_day = load(self.game_days[name], GameDay)
            return game_day, tuple(
                self._experiment(part, self.game_days[name]) for part in game_day.experiments
            )
        path = self.experiments.get(name)
        if path is None and name.endswith((".yaml", ".yml")):
            path = Path(name)
        if path is None:
            raise BadInput(f"unknown experiment or game day {name!r}{nearest(name, self.names())}")
        experiment = load(path, Experiment)
        return GameDay(name=experiment.name, title=experiment.title, experiments=(experiment.name,)), (
            experiment,
        )

    def names(self) -> list[str]:
        return sorted([*self.experiments, *self.game_days])

    def _experiment(self, name: str, wanted_by: Path) -> Experiment:
        if name not in self.experiments:
            raise BadInput(
                f"{wanted_by}: experiments: unknown experiment {name!r}{nearest(name, self.experiments)}"
            )
        return load(self.experiments[name], Experiment)


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
