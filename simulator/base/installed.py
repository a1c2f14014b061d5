"""What this package and others that are installed provide, by entry point."""

from importlib.metadata import entry_points
from typing import Any

OURS = "simulator."


def names(group: str) -> tuple[str, ...]:
    """The names that are taken in a group of entry points."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def load(group: str, name: str) -> Any:
    """What stands behind a name: that of this package, should another claim the name too."""
    points = sorted(entry_points(group=group, name=name), key=lambda point: not point.value.startswith(OURS))
    return points[0].load()
