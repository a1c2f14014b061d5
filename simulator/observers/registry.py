"""Finds the observers: every module of this package that holds an `OBSERVER`."""

import importlib
import pkgutil
from functools import cache

import simulator.observers as package
from simulator.base.errors import HarnessError
from simulator.observers.contract import Observer


@cache
def observers() -> dict[str, type[Observer]]:
    """All observers by source.

    Raises:
        HarnessError: two files claim one source.
    """
    found: dict[str, type[Observer]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        observer = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "OBSERVER", None)
        if observer is None:
            continue
        if observer.source in found:
            raise HarnessError(f"two observers claim {observer.source!r}; the second is in {module.name}.py")
        found[observer.source] = observer
    return found
