"""The bench works: every part of it is measured, in short. What it measured is judged by nobody."""

import re

import pytest

from tests.bench.arrivals import Probe, waits_at
from tests.make import make

pytestmark = pytest.mark.stack


def test_every_ratio_is_measured() -> None:
    rows = make("bench", within=240, BENCH="short").splitlines()
    measured = [row for row in rows if re.search(r" \d[\d.]* +\d[\d.]* +\d+\.\d+ *$", row)]
    assert [row.split(":")[0].split("  ")[0] for row in measured] == [
        "orders a second",
        "CPU a request, µs",
        "variance to mean of arrivals",
        "arrivals",
        "p95 with a stall, s",
        "p95 with a stall, s",
        "an SLA report of all runs, s",
        "judged again, s",
        "the same, MiB of memory",
        "a day's journal, MB",
    ], rows


def test_the_truth_is_what_a_request_would_have_waited_at_that_moment() -> None:
    probes = [Probe(0.0, 0.001), Probe(1.0, 3.0), Probe(2.0, 2.0)]
    assert waits_at([-5.0, 0.4, 0.6, 1.0, 1.7, 9.0], probes) == [0.001, 0.001, 3.0, 3.0, 2.0, 2.0]
