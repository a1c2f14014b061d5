"""Finds the report formats: every module that holds a `FORMAT`, of this package and of those that others bring."""

from functools import cache

import simulator.report as package
from simulator.base.errors import BadInput, HarnessError
from simulator.base.installed import modules
from simulator.base.names import nearest
from simulator.report.contract import Format

GROUP = "simulator.reports"
"""The entry points of other packages of formats."""


@cache
def formats() -> dict[str, Format]:
    """All formats by name, in the order of their names.

    Raises:
        HarnessError: two files claim one name, or write to one file.
    """
    found: dict[str, Format] = {}
    for module in modules(package, GROUP):
        one = getattr(module, "FORMAT", None)
        if not isinstance(one, Format):
            continue
        for other in found.values():
            if one.name == other.name or one.filename == other.filename:
                raise HarnessError(
                    f"two report formats are called {one.name!r} or write {one.filename}; "
                    f"the second is in {module.__name__}"
                )
        found[one.name] = one
    return dict(sorted(found.items()))


def format_named(name: str) -> Format:
    """The format of this name.

    Raises:
        BadInput: there is none; the message lists the known ones.
    """
    try:
        return formats()[name]
    except KeyError:
        raise BadInput(f"unknown report format {name!r}{nearest(name, formats())}") from None
