"""What this package and others that are installed provide, by entry point."""

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

from simulator.base.errors import HarnessError

OURS = "simulator."


def names(group: str) -> tuple[str, ...]:
    """The names that are taken in a group of entry points."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def load(group: str, name: str) -> Any:
    """What stands behind a name: that of this package, should another claim the name too.

    Raises:
        HarnessError: it cannot be imported.
    """
    points = sorted(entry_points(group=group, name=name), key=lambda point: not point.value.startswith(OURS))
    return _loaded(points[0])


def modules(package: ModuleType, group: str) -> Iterator[ModuleType]:
    """Every module of a package of ours, and of those behind a group of entry points: a new file is found by being there.

    Raises:
        HarnessError: one of the others cannot be imported.
    """
    added = {point.value: point for point in entry_points(group=group)}
    for place in (package, *(_loaded(added[value]) for value in sorted(added))):
        if not hasattr(place, "__path__"):
            yield place  # a module that is all there is
            continue
        for module in pkgutil.iter_modules(place.__path__):
            yield importlib.import_module(f"{place.__name__}.{module.name}")


def _loaded(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        whose = point.dist.name if point.dist else "an installed package"
        raise HarnessError(
            f"{point.name} = {point.value}, by which {whose} adds to {point.group}, cannot be imported ({error});"
            f" install what it needs, or uninstall {whose}"
        ) from error
