"""Counts what hostile input is tried, for the one line at the end of the run."""

from collections.abc import Callable

import pytest

from tests.conftest import MALFORMED
from tests.hostile.attempts import Attempts


@pytest.fixture
def attempts(record_property: Callable[[str, object], None]) -> Attempts:
    """The counter of one test; hypothesis runs all its examples within the test."""
    counter = Attempts()
    record_property(MALFORMED, counter.tally)  # filled in while the test runs: afterwards would be too late
    return counter
