"""Finds the observers: every module that holds an `OBSERVER`, of this package and of those that others bring."""

from functools import cache

import simulator.observers as package
from simulator.base.errors import HarnessError
from simulator.base.installed import modules
from simulator.observers.contract import Observer

GROUP = "simulator.observers"
"""The entry points of other packages of observers."""


@cache
def observers() -> dict[str, type[Observer]]:
    """All observers by source.

    Raises:
        HarnessError: two files claim one source.
    """
    found: dict[str, type[Observer]] = {}
    for module in modules(package, GROUP):
        observer = getattr(module, "OBSERVER", None)
        if observer is None:
            continue
        if observer.source in found:
            raise HarnessError(f"two observers claim {observer.source!r}; the second is in {module.__name__}")
        found[observer.source] = observer
    return found
