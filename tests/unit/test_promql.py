"""No expression takes the process down, whoever wrote it: what is too large to be read is refused as what cannot be parsed is."""

from collections.abc import Callable

import pytest

from simulator.base.promql import parsed
from simulator.plan.promql import delay, looks_back, metrics, widest_window
from simulator.plan.sight import instances, rests_on

READERS: tuple[Callable[[str], object], ...] = (
    parsed,
    widest_window,
    looks_back,
    rests_on,
    instances,
    lambda expr: list(metrics(expr)),
    lambda expr: delay(expr, {}),
)
HUGE = (
    "+".join(["up"] * 20_000),
    "(" * 20_000 + "up" + ")" * 20_000,
    "-" * 20_000 + "1",
    "abs(" * 900 + "up" + ")" * 900,
    " or ".join(["up"] * 500),
)


@pytest.mark.parametrize("expr", HUGE, ids=lambda expr: f"{expr[:5]}...")
@pytest.mark.parametrize("read", READERS)
def test_it_is_refused(read: Callable[[str], object], expr: str) -> None:
    with pytest.raises(ValueError, match="as far as it is read"):
        read(expr)


def test_what_people_write_is_far_below_the_limits() -> None:
    wide = " or ".join(f'sum(rate(errors{{job="{number}"}}[5m])) > 0.1' for number in range(60))
    assert widest_window(wide) == 300.0
