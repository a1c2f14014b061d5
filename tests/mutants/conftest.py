"""Which mutants are tried: `MUTANTS` is `all`, names with commas between them, or a seed by which a few are drawn."""

import datetime as dt
import os
import random

import pytest

from tests.mutants.mutant import Mutant, mutants

SAMPLE = 4


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mutant" in metafunc.fixturenames:
        asked = os.environ.get("MUTANTS", dt.datetime.now(dt.UTC).date().isoformat())
        metafunc.parametrize("mutant", chosen(asked), ids=lambda mutant: mutant.name)


def chosen(asked: str) -> list[Mutant]:
    """Every mutant, those named, or a sample by a seed: today's, unless another is given."""
    every = mutants()
    if asked == "all":
        return list(every.values())
    if named := [every[name] for name in asked.split(",") if name in every]:
        return named
    return random.Random(asked).sample(list(every.values()), SAMPLE)
