from hypothesis import given
from hypothesis import strategies as st

from simulator.erpgo.stack.supervisor.restart import HEALTHY_AFTER_S, LONGEST_DELAY_S, Backoff


def test_delays_double_from_a_tenth_of_a_second_to_ten_seconds() -> None:
    backoff, delays = Backoff(), []
    for _ in range(9):
        backoff = backoff.after_run(0.0)
        delays.append(round(backoff.delay_s, 1))
    assert delays == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_ten_healthy_seconds_make_the_next_crash_the_first() -> None:
    assert Backoff(6.4).after_run(HEALTHY_AFTER_S) == Backoff(0.1)
    assert Backoff(0.4).after_run(HEALTHY_AFTER_S - 0.1) == Backoff(0.8)


@given(st.lists(st.floats(min_value=0, max_value=100)))
def test_a_delay_is_never_nothing_and_never_over_the_limit(runs: list[float]) -> None:
    backoff = Backoff()
    for ran_s in runs:
        backoff = backoff.after_run(ran_s)
        assert 0 < backoff.delay_s <= LONGEST_DELAY_S
