"""The experiments and game days there are, by name."""

from dataclasses import dataclass
from pathlib import Path

from simulator.base.errors import BadInput
from simulator.base.loader import load
from simulator.base.names import nearest, shown
from simulator.plan.models import Experiment, GameDay


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
            parts = {part: self._experiment(part, self.game_days[name]) for part in set(game_day.experiments)}
            return game_day, tuple(parts[part] for part in game_day.experiments)
        path = self.experiments.get(name)
        if path is None and name.endswith((".yaml", ".yml")):
            path = Path(name)
        if path is None:
            raise BadInput(f"unknown experiment or game day {shown(name)}{nearest(name, self.names())}")
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
