"""Finds the report formats: every module of this package that holds a `FORMAT`."""

import importlib
import pkgutil
from functools import cache

import simulator.report as package
from simulator.base.errors import BadInput, HarnessError
from simulator.base.names import nearest
from simulator.report.contract import Format


@cache
def formats() -> dict[str, Format]:
    """All formats by name, in the order of their names.

    Raises:
        HarnessError: two files claim one name, or write to one file.
    """
    found: dict[str, Format] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        one = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "FORMAT", None)
        if not isinstance(one, Format):
            continue
        for other in found.values():
            if one.name == other.name or one.filename == other.filename:
                raise HarnessError(
                    f"two report formats are called {one.name!r} or write {one.filename}; "
                    f"the second is in {module.name}.py"
                )
        found[one.name] = one
    return found


def format_named(name: str) -> Format:
    """The format of this name.

    Raises:
        BadInput: there is none; the message lists the known ones.
    """
    try:
        return formats()[name]
    except KeyError:
        raise BadInput(f"unknown report format {name!r}{nearest(name, formats())}") from None
