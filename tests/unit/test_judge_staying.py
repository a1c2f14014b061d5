"""An alert that resolves while its fault lasts calls people off too early: it has to stay until the undo."""

import pytest

from simulator.faults import AnyFaultSettings
from simulator.journal.facts import AnyFact, FaultChecked, FaultRequested, FaultUndone, Lost, Page, Regained
from simulator.plan.models import Experiment
from tests.fakes.journals import (
    BITES,
    EXPERIMENT,
    accepted,
    at,
    causes,
    check,
    fires,
    judged,
    met_journal,
    page,
    reasons,
    without,
)

UNDO = BITES + 31.0
GONE = [fires("Down", BITES + 12, "inactive"), fires("Down", BITES + 20)]
"""In Prometheus, for eight seconds."""


def faults(*settings: dict[str, str]) -> tuple[AnyFaultSettings, ...]:
    return Experiment.model_validate({"name": "x", "title": "x", "faults": list(settings)}).faults


def wanting(**keys: object) -> Experiment:
    """The experiment with other keys for its first alert."""
    first, second = EXPERIMENT.must
    return EXPERIMENT.model_copy(update={"must": (first.model_copy(update=keys), second)})


def lost(source: str, start: float, end: float) -> list[AnyFact]:
    return [at(Lost(source=source, error="gone"), start, ""), at(Regained(source=source), end, "")]


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (GONE, "resolved 12.0 s after the fault bit, while it lasted: gone for 8.0 s (seen by prometheus)"),
        (GONE[:1], "gone for 19.0 s (seen by prometheus), and was not back at the undo"),
        (
            [accepted("Down", BITES + 12, gone=True), accepted("Down", BITES + 15)],
            "gone for 3.0 s (seen by alertmanager)",
        ),
        (
            [page("Down", BITES + 14, status="resolved", starts=BITES + 6), page("Down", BITES + 22)],
            "resolved 14.0 s after the fault bit, while it lasted: gone for 8.0 s (seen by receiver)",
        ),
        (
            [*GONE, page("Down", BITES + 14, status="resolved", starts=BITES + 6), page("Down", BITES + 22)],
            "gone for 10.0 s (seen by prometheus, receiver)",
        ),
        (
            [*GONE, fires("Down", BITES + 24, "inactive"), fires("Down", BITES + 26, "firing")],
            "the first of 2 times, gone for 10.0 s in all (seen by prometheus)",
        ),
    ],
    ids=["and back", "for good", "in Alertmanager", "at the receiver", "seen by two", "twice"],
)
def test_an_alert_that_goes_while_its_fault_lasts_is_a_breach(extra: list[AnyFact], said: str) -> None:
    verdict, experiment = judged([*met_journal(), *extra])
    assert verdict.outcome == "breached"
    assert experiment.alerts[0].cause == "flapped"
    assert said in reasons(experiment)
    assert experiment.alerts[0].latency == pytest.approx(7.2)
    assert experiment.alerts[0].gaps


def test_an_alert_that_may_clear_says_why_it_may() -> None:
    experiment = wanting(clears=True, because="the burst that it counts is over in ten seconds")
    verdict, judged_one = judged([*met_journal(experiment), *GONE])
    assert verdict.outcome == "met"
    assert "gone for 8.0 s" in judged_one.alerts[0].reason
    assert "it may: the burst that it counts is over" in judged_one.alerts[0].reason


def test_what_goes_with_the_undo_or_after_it_is_as_it_should_be() -> None:
    _, experiment = judged([*met_journal(), fires("Down", UNDO + 0.1, "inactive")])
    assert (experiment.outcome, experiment.alerts[0].gaps) == ("met", ())


def test_between_the_end_of_the_watch_and_the_undo_it_has_to_stay_too() -> None:
    undone = FaultUndone(fault="service-kill", id="f1", requested=BITES + 36, confirmed=True, observed="")
    facts = [*without(met_journal(), FaultUndone), at(undone, BITES + 37)]
    _, experiment = judged([*facts, fires("Down", BITES + 33, "inactive")])
    assert experiment.outcome == "breached"
    assert experiment.alerts[0].gaps[0].end == BITES + 36


@pytest.mark.parametrize("expect", ["inhibited", "firing"])
def test_it_has_to_stay_whatever_else_is_expected_of_it(expect: str) -> None:
    first, second = EXPERIMENT.must
    experiment = EXPERIMENT.model_copy(update={"must": (first, second.model_copy(update={"expect": expect}))})
    facts = met_journal(experiment)
    assert judged(facts)[1].outcome == "met"
    gone = [
        fires("HighErrors", BITES + 14, "inactive", "warning"),
        fires("HighErrors", BITES + 16, severity="warning"),
    ]
    _, found = judged([*facts, *gone])
    assert found.alerts[1].outcome == "breached"
    assert causes(found) == [("HighErrors", "flapped")]
    assert [gap.end - gap.start for gap in found.alerts[1].gaps] == [2.0]


def test_an_alert_stays_as_long_as_one_of_its_instances_does() -> None:
    other = {"pod": "two"}
    facts = [*met_journal(), fires("Down", BITES + 8, labels=other), GONE[0]]
    assert judged(facts)[1].outcome == "met"
    _, experiment = judged([*facts, fires("Down", BITES + 25, "inactive", labels=other)])
    assert experiment.alerts[0].gaps[0].start == BITES + 25


def test_one_look_that_sees_an_instance_go_and_another_come_has_seen_no_gap() -> None:
    swap = [fires("Down", BITES + 12, "inactive"), fires("Down", BITES + 12.01, labels={"pod": "two"})]
    assert judged([*met_journal(), *swap])[1].outcome == "met"


def test_what_healed_by_itself_may_resolve() -> None:
    """The API is well again from some time between 109 s and 110 s on."""
    crash = {"fault": "container-crash", "service": "postgres", "heals_within": "20s"}
    experiment = EXPERIMENT.model_copy(update={"faults": faults(crash)})
    facts = [
        *met_journal(experiment),
        check(BITES + 9, ok=False, question="healed"),
        check(BITES + 10, ok=True, question="healed"),
    ]
    for gone, outcome in ((BITES + 8.5, "breached"), (BITES + 9.5, "met")):
        _, found = judged([*facts, fires("Down", gone, "inactive")])
        assert found.alerts[0].outcome == outcome, found.alerts[0].reason


def test_what_its_own_fault_blinds_says_nothing_about_the_alert() -> None:
    """Prometheus is what is down: that it forgot the alert is no news, and a page that was never resolved is."""
    killed = faults({"fault": "service-kill", "service": "prometheus"})
    facts = met_journal(EXPERIMENT.model_copy(update={"faults": killed}))
    assert judged([*facts, *GONE])[1].alerts[0].outcome == "met"
    resolved = page("Down", BITES + 15, status="resolved", starts=BITES + 6)
    assert judged([*facts, *GONE, resolved])[1].alerts[0].outcome == "breached"


def test_where_nobody_was_left_to_see_it_nothing_is_proven() -> None:
    facts: list[AnyFact] = []
    kills = [{"fault": "service-kill", "service": one} for one in ("prometheus", "alertmanager", "receiver")]
    for fact in met_journal(EXPERIMENT.model_copy(update={"faults": faults(*kills)})):
        ids = ("f1", "f2", "f3") if isinstance(fact, FaultRequested | FaultChecked | FaultUndone) else ("",)
        facts += [fact.model_copy(update={"id": one}) if one else fact for one in ids]
    _, experiment = judged(facts)
    assert experiment.alerts[0].outcome == "inconclusive"
    assert experiment.alerts[0].cause == "stay-unknown"


@pytest.mark.parametrize(
    ("gap", "extra", "outcome"),
    [
        (lost("alertmanager", BITES + 11, BITES + 14), [accepted("Down", BITES + 14.1, gone=True)], "met"),
        (lost("prometheus", BITES + 11, BITES + 14), [], "met"),
        (
            lost("prometheus", BITES + 11, BITES + 14),
            [fires("Down", BITES + 14.1, "inactive"), fires("Down", BITES + 20)],
            "inconclusive",
        ),
        (
            lost("prometheus", BITES + 11, BITES + 14),
            [fires("Down", BITES + 16, "inactive"), fires("Down", BITES + 20)],
            "breached",
        ),
        (lost("prometheus", BITES + 11, BITES + 17), [], "inconclusive"),
    ],
    ids=["forgotten by another", "nothing missing", "forgotten", "gone later", "away too long"],
)
def test_a_lost_source_makes_neither_a_breach_nor_good_news(
    gap: list[AnyFact], extra: list[AnyFact], outcome: str
) -> None:
    _, experiment = judged([*met_journal(), *gap, *extra])
    assert experiment.alerts[0].outcome == outcome, experiment.alerts[0].reason


def test_a_page_that_came_late_and_went_is_both() -> None:
    late = [*without(met_journal(), Page), page("Down", BITES + 30.5)]
    _, experiment = judged([*late, *GONE])
    assert (experiment.alerts[0].cause, len(experiment.alerts[0].gaps)) == ("late", 1)
