"""Finds the personas, one file each in `simulator/erpgo/users/`, for the locustfile.

Not in that package itself: who only needs its accounts must not import Locust.
"""

import importlib
import inspect
import pkgutil

import simulator.erpgo.users as package
from simulator.locust.persona import Persona


def personas() -> dict[str, type[Persona]]:
    """Every persona by its class's name, in the order of the files."""
    found: dict[str, type[Persona]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        found |= {
            name: kind
            for name, kind in inspect.getmembers(loaded, inspect.isclass)
            if issubclass(kind, Persona) and not kind.abstract and kind.__module__ == loaded.__name__
        }
    return found
