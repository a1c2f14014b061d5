"""The soak works: it runs, samples everything, leaves nothing injected. An hour of it is for `make soak`."""

import pytest

from tests.make import make
from tests.soak.__main__ import FLAT, Sample, judge

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

WATCHED = {"api", "engine", "journal", "locust", "receiver", "supervisor"}


def test_everything_is_sampled_and_nothing_is_left() -> None:
    said = make("soak", within=280, SOAK="20s")
    assert "0 faults left" in said
    assert {line.split()[0] for line in said.splitlines() if line.split()} >= WATCHED, said


def grown(by: float) -> bool:
    """Whether a process that grows by this share after its warm-up is seen to."""
    values = [Sample(at, "api", "memory, MiB", 100 * (1 + by * (at > 500))) for at in range(0, 1000, 10)]
    _, flat = judge(values, 1000)
    return not flat


def test_what_grows_is_seen() -> None:
    assert not grown(FLAT / 2)
    assert grown(FLAT * 2)


def test_what_was_not_seen_to_the_end_is_no_proof() -> None:
    rows, flat = judge([Sample(300, "api", "memory, MiB", 100.0)], 1000)
    assert not flat
    assert rows.row_count == 1
