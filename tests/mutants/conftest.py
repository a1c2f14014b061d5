"""Which mutants are tried: `MUTANTS` is `all`, names with commas between them, or a seed by which a few are drawn."""

import pytest

from tests.draw import drawn
from tests.mutants.mutant import mutants

SAMPLE = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mutant" in metafunc.fixturenames:
        metafunc.parametrize("mutant", drawn("MUTANTS", mutants(), SAMPLE), ids=lambda mutant: mutant.name)
