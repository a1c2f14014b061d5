"""Which crash points are tried: `CRASH` is `all`, names with commas between them, or a seed by which some are drawn."""

import pytest

from tests.crash.points import points
from tests.draw import drawn

SAMPLE = 12


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "point" in metafunc.fixturenames:
        metafunc.parametrize("point", drawn("CRASH", points(), SAMPLE), ids=lambda point: point.name)
