"""What a format of the lint is, and how it is found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from simulator.base.errors import BadInput
from simulator.base.installed import modules
from simulator.base.names import nearest, shown
from simulator.lint import formats as package
from simulator.lint.examine import Report

GROUP = "simulator.lint.formats"
"""The entry points by which other packages add formats."""


@dataclass(frozen=True)
class Lint:
    """All there is to tell."""

    reports: Sequence[Report]
    explain: str = ""
    """The one alert that is asked about; empty: all."""


@dataclass(frozen=True)
class Format:
    """One way to tell it."""

    name: str
    render: Callable[[Lint], str]


@cache
def formats() -> dict[str, Format]:
    """All formats by name."""
    found = [getattr(module, "FORMAT", None) for module in modules(package, GROUP)]
    return {
        one.name: one
        for one in sorted((one for one in found if isinstance(one, Format)), key=lambda one: one.name)
    }


def format_named(name: str) -> Format:
    """The format of this name.

    Raises:
        BadInput: there is none.
    """
    if name not in formats():
        raise BadInput(f"--format: unknown format {shown(name)}{nearest(name, formats())}")
    return formats()[name]
