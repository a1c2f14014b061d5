"""What holds of the judge whatever happened: worse news never makes a better verdict, and missing news is never good news."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import (
    AnyFact,
    Evidence,
    ExperimentEnded,
    FaultChecked,
    FaultUndone,
    GateChecked,
    LedgerChecked,
    Lost,
    Note,
    ObservationEnded,
    Page,
    Planned,
    Regained,
)
from simulator.journal.loaded import RulesAsked
from simulator.judge import judge
from simulator.judge.verdict import ExperimentVerdict, Outcome
from tests.fakes.journals import (
    BITES,
    at,
    fires,
    in_order,
    met_journal,
    page,
    panel,
    without,
)
from tests.unit.test_judge_muted import way

GOOD: dict[Outcome, int] = {"met": 2, "inconclusive": 1, "breached": 0}
UNPAGED = without(met_journal(), Page)
UNDONE = FaultUndone(fault="service-kill", id="f1", requested=131, confirmed=False, observed="still held")
LOST_ORDER = LedgerChecked(
    what="orders", experiments=("db-killed",), seconds=60.0, acknowledged=9, recorded=9, missing=("a",)
)
CULPRITS: dict[str, tuple[list[AnyFact], list[AnyFact]]] = {
    "nobody paged": (UNPAGED, []),
    "a panel that never moved": (
        [
            *without(met_journal(), PanelsDrawn),
            *(panel(2.0 * step, 0.0) for step in range(10, 81)),
        ],
        [],
    ),
    "a late page": (UNPAGED, [page("Down", BITES + 35)]),
    "another severity": (UNPAGED, [page("Down", BITES + 7, severity="warning")]),
    "another route": (UNPAGED, [page("Down", BITES + 7, route="warning")]),
    "not inhibited": (
        met_journal(),
        [page("HighErrors", BITES + 12, severity="warning", route="warning")],
    ),
    "unexpected": (met_journal(), [fires("Panic", BITES + 11)]),
    "unexpected afterwards": (met_journal(), [page("Panic", BITES + 62.5)]),
    "not undone": (without(met_journal(), FaultUndone), [at(UNDONE, 132.0)]),
    "an order is lost": (met_journal(), [at(LOST_ORDER, BITES + 62.5, "")]),
}
"""Journals that are breached, and what breaches them, where it is something that happened and not something that did not."""
seconds = st.integers(0, 280).map(lambda quarters: quarters / 4)
"""After the fault, to a little after the experiment: evenly, where floats would mostly be round ones."""
around_the_limit = st.integers(104, 160).map(lambda quarters: quarters / 4)
kinds = st.one_of(st.just("met"), st.sampled_from(sorted(CULPRITS)))
few = settings(max_examples=40, deadline=None)
many = settings(max_examples=150, deadline=None)


def verdict_of(facts: Sequence[AnyFact]) -> ExperimentVerdict:
    return judge(in_order(list(facts))).experiments[0]


def lost(source: str, start: float, length: float) -> list[AnyFact]:
    gone = at(Lost(source=source, error="gone"), BITES + start, "")
    return [gone, at(Regained(source=source), BITES + start + length, "")]


@many
@given(
    first=st.one_of(around_the_limit, seconds),
    by=seconds,
    muted=st.booleans(),
    doubt=st.sampled_from([0.01, 0.5, 3.0]),
)
def test_a_later_page_never_improves_an_outcome(first: float, by: float, muted: bool, doubt: float) -> None:
    journal = [
        fact.model_copy(update={"uncertainty": doubt}) if fact.kind == "clock_offset" else fact
        for fact in UNPAGED
    ]
    ways = [at(way(90.0, 500.0), 0.3, "")] if muted else []
    outcomes = [
        verdict_of([*journal, *ways, page("Down", BITES + when)]).alerts[0].outcome
        for when in (first, first + by / 4)
    ]
    assert GOOD[outcomes[1]] <= GOOD[outcomes[0]]


@many
@given(
    kind=kinds,
    source=st.sampled_from(["prometheus", "alertmanager", "receiver", "panels"]),
    start=st.integers(-45, 60),
    lengths=st.tuples(st.integers(1, 80), st.integers(1, 80)),
)
def test_a_source_that_is_lost_for_longer_never_makes_it_met(
    kind: str, source: str, start: float, lengths: tuple[int, int]
) -> None:
    journal, culprits = CULPRITS.get(kind, (met_journal(), []))
    short, long = (judge_lost(journal, culprits, source, start, length / 4) for length in sorted(lengths))
    assert not (long == "met" and short != "met")


def judge_lost(
    journal: Sequence[AnyFact], culprits: Sequence[AnyFact], source: str, start: float, length: float
) -> Outcome:
    return judge(in_order([*journal, *culprits, *lost(source, start, length)])).outcome


@few
@given(
    kind=kinds,
    strangers=st.lists(
        st.tuples(st.sampled_from(["Panic", "Other", "Down2"]), seconds, st.booleans()),
        min_size=1,
        max_size=4,
    ),
)
def test_more_unexpected_alerts_never_improve_an_outcome(
    kind: str, strangers: list[tuple[str, float, bool]]
) -> None:
    journal, culprits = CULPRITS.get(kind, (met_journal(), []))
    before = judge(in_order([*journal, *culprits])).outcome
    came: list[AnyFact] = [
        page(name, BITES + when) if paged else fires(name, BITES + when) for name, when, paged in strangers
    ]
    after = judge(in_order([*journal, *culprits, *came])).outcome
    assert GOOD[after] <= GOOD[before]


OTHERS: tuple[Callable[[], AnyFact], ...] = (
    lambda: at(GateChecked(gate="recovery", passed=False, waited=180.0, observed="active: X"), 0.0),
    lambda: at(
        FaultChecked(fault="f", id="f1", began=0.0, question="effective", ok=False, observed="no"), 0.0
    ),
    lambda: at(ExperimentEnded(status="aborted", reason="x"), 0.0),
    lambda: at(ObservationEnded(), 0.0),
    lambda: at(RulesAsked(error="no answer"), 0.0),
    lambda: at(Evidence(mark="firing", alert="Down", query="x", epoch=1.0), 0.0),
    lambda: at(Note(text="x"), 0.0),
)


@few
@given(
    kind=kinds,
    others=st.lists(st.tuples(st.sampled_from(OTHERS), st.floats(50.5, 161.5)), max_size=5),
)
def test_what_another_experiment_did_for_itself_is_no_matter(
    kind: str, others: list[tuple[Callable[[], AnyFact], float]]
) -> None:
    journal, culprits = CULPRITS.get(kind, (met_journal(), []))
    alone = verdict_of([*journal, *culprits])
    foreign: list[AnyFact] = [
        made().model_copy(update={"at": when, "experiment": "another"}) for made, when in others
    ]
    assert verdict_of([*journal, *culprits, *foreign]) == alone
    assert verdict_of([*journal, *culprits]) == alone


@pytest.mark.parametrize("kind", CULPRITS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_breach_is_not_met_for_want_of_other_facts(kind: str, data: st.DataObject) -> None:
    """Whatever else is taken out of the journal but its plan."""
    journal, culprits = CULPRITS[kind]
    assert judge(in_order([*journal, *culprits])).outcome == "breached"
    rest = [fact for fact in journal if not isinstance(fact, Planned)]
    few_kinds = sorted({fact.kind for fact in rest})
    gone = data.draw(st.sets(st.sampled_from(few_kinds), max_size=2))
    scarce = [fact for fact in rest if fact.kind not in ("traffic_seen", "loop_lag", "panels_drawn")]
    taken = data.draw(st.lists(st.sampled_from(range(len(scarce))), max_size=4))
    out = {id(scarce[index]) for index in taken}
    left = [fact for fact in rest if fact.kind not in gone and id(fact) not in out]
    assert judge([journal[0], *in_order([*left, *culprits])]).outcome != "met"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_met_journal_that_lost_facts_is_met_only_where_they_proved_nothing(data: st.DataObject) -> None:
    """Of each kind, all of it: what is left may be met still, but never with an alert or panel that nobody saw."""
    journal = met_journal()
    kinds = sorted({fact.kind for fact in journal} - {"planned"})
    gone = data.draw(st.sets(st.sampled_from(kinds), min_size=1, max_size=3))
    verdict = judge([fact for fact in journal if fact.kind not in gone])
    if verdict.outcome == "met":
        (experiment,) = verdict.experiments
        assert not gone & {"page", "fault_requested", "fault_checked", "fault_undone", "panels_drawn"}
        assert not gone & {"traffic_seen", "loop_lag", "clock_offset", "experiment_ended", "run_ended"}
        assert all(alert.latency is not None for alert in experiment.alerts)
        assert all(one.moved_at is not None for one in experiment.panels)
