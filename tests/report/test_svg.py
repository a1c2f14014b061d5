"""Scales, ticks and labels: what keeps the pictures readable whatever the numbers are."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulator.report.svg import Scale, element, flag_levels, spread, ticks, wrapped
from simulator.report.words import plain

PLACES = st.lists(st.tuples(st.floats(0, 900), st.floats(1, 120)), max_size=9)


@given(PLACES)
def test_flags_never_run_into_each_other(places: list[tuple[float, float]]) -> None:
    spans = [(x, x + width) for x, width in places]
    levels = flag_levels(spans)
    for one, (begin, end) in enumerate(spans):
        for other, (leader, other_end) in enumerate(spans):
            if one == other:
                continue
            if levels[one] == levels[other]:
                assert end < leader or other_end < begin
            if begin <= leader <= end and leader > begin:
                assert levels[other] < levels[one], "a leader comes down through a label"


def test_flags_that_are_apart_hang_on_one_level() -> None:
    assert flag_levels([(0, 50), (100, 150), (200, 250)]) == [0, 0, 0]


def test_the_earlier_of_two_close_flags_hangs_lower() -> None:
    assert flag_levels([(0, 50), (10, 60)]) == [1, 0]


@given(st.lists(st.tuples(st.floats(0, 200), st.sampled_from([15.0, 30.0])), max_size=8))
def test_spread_labels_never_overlap(boxes: list[tuple[float, float]]) -> None:
    heights = [height for _, height in boxes]
    tops = spread([top for top, _ in boxes], heights, 0.0, 200.0)
    placed = sorted(zip(tops, heights, strict=True))
    for (top, height), (below, _) in pairwise(placed):
        assert top + height <= below + 1e-6
    if placed and sum(heights) <= 200:
        assert placed[0][0] >= -1e-6
        assert placed[-1][0] + placed[-1][1] <= 200 + 1e-6


def test_a_label_with_room_stays_at_its_line() -> None:
    assert spread([40.0, 120.0], [15.0, 15.0], 0.0, 200.0) == [40.0, 120.0]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 12))
def test_ticks_stay_inside_and_are_not_too_many(low: float, span: float, about: int) -> None:
    high = low + span
    found = ticks(low, high, about)
    slack = 1e-6 * max(span, abs(low), abs(high))
    assert all(low - slack <= tick <= high + slack for tick in found)
    assert len(found) <= about + 1


def test_ticks_are_round() -> None:
    assert ticks(0, 31, 6) == [0, 10, 20, 30]
    assert ticks(0, 0.4, 4) == [0, 0.1, 0.2, 0.3, 0.4]


def test_a_scale_keeps_what_lies_outside_at_its_edge() -> None:
    scale = Scale(0, 10, 100, 200)
    assert [scale.at(value) for value in (-5, 0, 5, 10, 50)] == [100, 100, 150, 200, 200]


@given(st.text(max_size=200))
def test_wrapping_loses_nothing_but_space(text: str) -> None:
    seen = "".join("".join(wrapped(text, 12, 100)).split())
    assert seen == "".join(plain(text).split())


def test_an_element_escapes_what_is_not_its_own() -> None:
    made = element("text", "a < b & </text><script>", class_='x" onload="y', stroke_width=1.25)
    assert made == (
        '<text class="x&#34; onload=&#34;y" stroke-width="1.2">a &lt; b &amp; &lt;/text&gt;&lt;script&gt;</text>'
    )
