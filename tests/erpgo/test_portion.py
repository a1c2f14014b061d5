"""A share of the requests, without chance."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.erpgo.api.chaos.harm import Portion


@given(st.floats(0.01, 1.0), st.integers(1, 500))
def test_it_takes_its_share_of_any_number(share: float, count: int) -> None:
    portion = Portion(share)
    taken = sum(portion.takes() for _ in range(count))
    assert abs(taken - share * count) <= 1
