"""Which crash points are tried: `CRASH` is `all`, names with commas between them, or a seed by which some are drawn."""

import pytest

from tests.crash.ends import ENDS
from tests.crash.points import points
from tests.draw import drawn

SAMPLE = 12
FEW_ENDS = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "point" in metafunc.fixturenames:
        metafunc.parametrize("point", drawn("CRASH", points(), SAMPLE), ids=lambda point: point.name)
    if "end" in metafunc.fixturenames:
        metafunc.parametrize("end", drawn("CRASH", ENDS, FEW_ENDS), ids=lambda end: end.__name__)
