"""The experiments and game days there are, by name: the user's own first, then those that are installed."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import TypeVar

from simulator.base import installed
from simulator.base.errors import BadInput
from simulator.base.loader import load, top_keys
from simulator.base.names import nearest, shown
from simulator.plan.models import Experiment, GameDay

GROUP = "simulator.scenarios"
"""The entry points of adapters that bring some; what stands behind one is the path of a folder."""
T = TypeVar("T")


@dataclass(frozen=True)
class Catalogue:
    """The experiments and game days of a folder, or of several; they share one name space."""

    experiments: dict[str, Path]
    game_days: dict[str, Path]
    brought_by: dict[str, str] = field(default_factory=dict)
    """The adapters that brought them, by their names; what is not here is the user's own."""

    @classmethod
    def of(cls, scenarios: Path, adapter: str = "") -> "Catalogue":
        """Read the names in `experiments/` and `gamedays/`, not the files.

        Raises:
            BadInput: an experiment and a game day share a name.
        """
        experiments = {path.stem: path for path in sorted((scenarios / "experiments").glob("*.yaml"))}
        game_days = {path.stem: path for path in sorted((scenarios / "gamedays").glob("*.yaml"))}
        both = sorted(experiments.keys() & game_days.keys())
        if both:
            raise BadInput(f"{both[0]!r} is both an experiment and a game day; rename one of the files")
        names = {*experiments, *game_days} if adapter else ()
        return cls(experiments, game_days, dict.fromkeys(names, adapter))

    def over(self, lower: "Catalogue") -> "Catalogue":
        """Both of them; a name in this one hides the same name in the lower one, whichever kind it is of."""
        own = set(self.names())
        return Catalogue(
            {**_without(own, lower.experiments), **self.experiments},
            {**_without(own, lower.game_days), **self.game_days},
            {**_without(own, lower.brought_by), **self.brought_by},
        )

    def resolve(self, name: str) -> tuple[GameDay, tuple[Experiment, ...]]:
        """A game day by name or path, or an experiment by name or path as a game day of its own.

        Raises:
            BadInput: unknown name, or a file that does not validate.
        """
        path = self.game_days.get(name) or self.experiments.get(name)
        if path is None and name.endswith((".yaml", ".yml")):
            path = Path(name)
        if path is None:
            raise BadInput(f"unknown experiment or game day {shown(name)}{nearest(name, self.names())}")
        if name in self.game_days or (name not in self.experiments and "experiments" in top_keys(path)):
            game_day = load(path, GameDay)
            parts = {part: self._experiment(part, path) for part in set(game_day.experiments)}
            return game_day, tuple(parts[part] for part in game_day.experiments)
        experiment = load(path, Experiment)
        return GameDay(name=experiment.name, title=experiment.title, experiments=(experiment.name,)), (
            experiment,
        )

    def names(self) -> list[str]:
        return sorted([*self.experiments, *self.game_days])

    def where(self, name: str) -> str:
        """For people: the adapter that brought it, or the folder in which it lies."""
        path = self.experiments.get(name) or self.game_days[name]
        return self.brought_by.get(name) or str(path.parent)

    def _experiment(self, name: str, wanted_by: Path) -> Experiment:
        """One of a game day's own: it lies beside that, or else is known by its name."""
        beside = next(filter(Path.is_file, _beside(name, wanted_by)), None)
        path = beside or self.experiments.get(name)
        if path is None:
            raise BadInput(
                f"{wanted_by}: experiments: unknown experiment {name!r}{nearest(name, self.experiments)}"
            )
        return load(path, Experiment)


def _without(names: Container[str], known: Mapping[str, T]) -> dict[str, T]:
    return {name: value for name, value in known.items() if name not in names}


def _beside(name: str, game_day: Path) -> Iterator[Path]:
    yield game_day.parent / ".." / "experiments" / f"{name}.yaml"
    yield game_day.parent / f"{name}.yaml"


def catalogue(scenarios: Path) -> Catalogue:
    """All that can be run: what this folder of the user's has, over what is installed.

    Raises:
        BadInput: there is no such folder, or an experiment and a game day in it share a name.
    """
    if not scenarios.is_dir():
        raise BadInput(
            f"--scenarios {shown(scenarios)}: there is no such folder; it holds experiments/ and gamedays/"
        )
    brought = [Catalogue.of(installed.load(GROUP, name), name) for name in installed.names(GROUP)]
    return reduce(Catalogue.over, [Catalogue.of(scenarios), *brought])
