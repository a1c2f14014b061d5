"""Finds schedules: `schedules/*.yaml` in the folder of the scenarios."""

from collections.abc import Sequence
from pathlib import Path

from simulator.base.errors import BadInput
from simulator.base.loader import load
from simulator.base.names import nearest, shown
from simulator.schedule.models import Placed, Schedule

FOLDER = "schedules"


def schedule_in(path: Path, scenarios: Path) -> Placed:
    """One schedule by its file.

    Raises:
        BadInput: it does not validate.
    """
    return Placed(schedule=load(path, Schedule), scenarios=scenarios.resolve())


def schedules(scenarios: Path, names: Sequence[str] = ()) -> tuple[list[Placed], list[str]]:
    """All schedules, or those of these names; and what is wrong with those that cannot be used.

    Raises:
        BadInput: there is none, or none of such a name.
    """
    found = {path.stem: path for path in sorted((scenarios / FOLDER).glob("*.yaml"))}
    if not found:
        raise BadInput(
            f"no schedules: {scenarios / FOLDER} holds no .yaml file; --scenarios names the folder they are in"
        )
    for name in names:
        if name not in found:
            raise BadInput(f"unknown schedule {shown(name)}{nearest(name, found)}")
    good, wrong = [], []
    for name in names or found:
        try:
            good.append(schedule_in(found[name], scenarios))
        except BadInput as error:
            wrong.append(str(error))
    return good, wrong
