"""Workload switches: one file each, found by name.

A switch changes what the workload does while its lease lasts. A new one is one new module, here or in a
package behind an entry point, that defines one subclass of `Switch`.
"""

import inspect
import sys
from collections.abc import Mapping
from functools import cache

from pydantic import ValidationError

from simulator.base.errors import BadInput
from simulator.base.installed import modules
from simulator.base.names import nearest
from simulator.load.switches.switch import Switch

GROUP = "simulator.switches"
"""The entry points of adapters that bring some, for what their personas can do."""


@cache
def registry() -> Mapping[str, type[Switch]]:
    """Every switch by its name.

    Raises:
        BadInput: two modules claim the same name.
    """
    found: dict[str, type[Switch]] = {}
    for module in modules(sys.modules[__name__], GROUP):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ != module.__name__ or not issubclass(kind, Switch) or kind is Switch:
                continue
            if kind.name in found:
                raise BadInput(
                    f"two workload switches are called {kind.name!r}: {found[kind.name]} and {kind}"
                )
            found[kind.name] = kind
    return found


def make(name: str, settings: Mapping[str, float]) -> Switch:
    """The switch of this name with these settings.

    Raises:
        BadInput: no such switch, or settings that it does not take.
    """
    known = registry()
    if name not in known:
        raise BadInput(f"unknown workload switch {name!r}{nearest(name, known)}")
    try:
        return known[name].model_validate(settings)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        takes = ", ".join(known[name].model_fields) or "none"
        raise BadInput(f"workload switch {name!r}: {faults}; its settings are: {takes}") from error
