"""Samples in columns are the samples that were written, whichever way the journal has them."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.journal.drawn import PanelSampled, PanelsDrawn
from simulator.journal.facts import Note
from simulator.journal.fitness import LoopLag
from simulator.judge.samples import Sample, apart
from tests.fakes.journals import at, in_order, traffic

NUMBERS = st.floats(-1e6, 1e6)
VALUES = st.dictionaries(st.sampled_from(["a", "b", "c"]), NUMBERS, max_size=3)
LOOKS = st.lists(st.dictionaries(st.sampled_from(["one", "two"]), VALUES), max_size=12)
MOMENTS = st.integers(-1, 13)


@given(looks=LOOKS, since=MOMENTS, until=MOMENTS)
def test_a_panel_drew_what_was_written(
    looks: list[dict[str, dict[str, float]]], since: float, until: float
) -> None:
    new = [at(PanelsDrawn(panels={"d": look}), float(when), "") for when, look in enumerate(looks)]
    old = [
        at(PanelSampled(dashboard="d", panel=title, values=values), float(when), "")
        for when, look in enumerate(looks)
        for title, values in look.items()
    ]
    for title in ("one", "two"):
        wanted = [
            Sample(float(when), look[title])
            for when, look in enumerate(looks)
            if title in look and since <= when <= until
        ]
        for facts in (new, old):
            assert apart(facts)[1].panel("d", title, since, until) == wanted


@given(
    late=st.lists(st.lists(st.floats(0.0, 9.0), min_size=1, max_size=4), max_size=9),
    since=MOMENTS,
    until=MOMENTS,
)
def test_the_loop_was_as_late_as_was_written(late: list[list[float]], since: float, until: float) -> None:
    facts = [
        at(LoopLag(seconds=max(ticks), ticks=tuple(ticks)), float(when), "")
        for when, ticks in enumerate(late)
    ]
    lags = apart(facts)[1].lags(since, until)
    wanted = [ticks for when, ticks in enumerate(late) if since <= when <= until]
    assert (lags.reports, list(lags.ticks)) == (len(wanted), [tick for ticks in wanted for tick in ticks])
    assert lags.worst == max((max(ticks) for ticks in wanted), default=0.0)


def test_what_happened_is_apart_and_the_last_fact_says_how_far_the_journal_goes() -> None:
    note = at(Note(text="something happened"), 3.0, "")
    samples = [traffic(float(second)) for second in range(10)]
    happened, found = apart(in_order([note, *samples]))
    assert happened == [note, samples[-1]]
    assert [second.at for second in found.traffic()] == [float(second) for second in range(10)]
    assert found.first(4.5) == 5.0
    assert found.first(9.5) is None
