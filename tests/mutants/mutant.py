"""What a mutant is: one thing that is wrong with the stack or the run, and what the verdict then has to say."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import tests.mutants.catalogue as package
from simulator.judge.verdict import Outcome
from tests.mutants.sabotage import Sabotage

API_KILLED = """\
title: The API is killed
faults: [{fault: service-kill, service: api}]
must: [{alert: ApplicationDown, severity: critical, within: 12s}]
observe: 12s
recover_within: 60s
"""


@dataclass(frozen=True)
class Mutant:
    """`harm` does it; the verdict must be of this outcome, never `met`, and must say so."""

    name: str
    harm: Callable[[Sabotage], None]
    outcome: Outcome
    says: str
    """A regular expression."""
    experiment: str


def mutant(
    outcome: Outcome, says: str, experiment: str = API_KILLED
) -> Callable[[Callable[[Sabotage], None]], Mutant]:
    """Makes a mutant of a function that does the harm; its name is the mutant's."""

    def make(harm: Callable[[Sabotage], None]) -> Mutant:
        return Mutant(harm.__name__.replace("_", "-"), harm, outcome, says, experiment)

    return make


@cache
def mutants() -> dict[str, Mutant]:
    """Every mutant of the catalogue by name, in the order of its files."""
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Mutant)]
    return {one.name: one for one in found}
