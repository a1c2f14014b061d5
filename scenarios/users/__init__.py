"""The personas: one file each, found by the locustfile."""

import importlib
import inspect
import pkgutil

from simulator.workload.persona import Persona


def personas() -> dict[str, type[Persona]]:
    """Every persona of this package by its class's name, in the order of the files."""
    found: dict[str, type[Persona]] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found |= {
            name: kind
            for name, kind in inspect.getmembers(loaded, inspect.isclass)
            if issubclass(kind, Persona) and kind.__module__ == loaded.__name__
        }
    return found
