"""The files that say how something is watched: rules, routes, dashboards. Those that are installed, by entry point."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.base.installed import load, names

GROUP = "simulator.estates"
"""The entry points of adapters that bring some; what stands behind one is an `EstateFiles`."""


@dataclass(frozen=True)
class EstateFiles:
    """The files of one Prometheus and what it tells; each may be missing."""

    prometheus: Path | None = None
    alertmanager: Path | None = None
    rules: tuple[Path, ...] = ()
    dashboards: tuple[Path, ...] = ()
    ignores: Path | None = None
    """The findings that are accepted, each with its reason."""
    within: Mapping[str, float] | None = None
    """By severity, the seconds from fault to page that are promised; None: the same for all."""


def estates() -> Iterator[tuple[str, EstateFiles]]:
    """Those that are installed, by name."""
    for name in names(GROUP):
        yield name, load(GROUP, name)
