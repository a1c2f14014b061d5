"""What is said of a finding: a few sentences, word for word. The corpus holds them all; the judge's tests ask for causes."""

import pytest

from simulator.journal.facts import AnyFact, FaultUndone, Lost, Page, Regained
from tests.fakes.journals import BITES, at, fires, judged, met_journal, page, reasons, without

UNPAGED = without(met_journal(), Page)
AWAY = [
    at(Lost(source="prometheus", error="refused"), 103.0),
    at(Regained(source="prometheus"), 109.0),
]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ([*UNPAGED, page("Down", BITES + 30.9)], "Down: late: notified after 30.9 s ± 0.01 s, limit 30 s"),
        (
            UNPAGED,
            "Down: missed: Alertmanager accepted it after 6.2 s, the receiver never got it",
        ),
        (
            [*UNPAGED, page("Down", BITES + 7, severity="warning", route="warning")],
            "Down: paged with severity 'warning', expected 'critical'",
        ),
        (
            [*met_journal(), page("HighErrors", BITES + 12, severity="warning", route="warning")],
            "HighErrors: should have been inhibited, but was paged after 12.0 s",
        ),
        ([*met_journal(), fires("Panic", 111.0)], "unexpected: Panic fired +11.0 s from the fault"),
        ([*met_journal(), *AWAY], "prometheus was lost for 6.0 s; at most 5 s are tolerated"),
        (without(met_journal(), FaultUndone), "service-kill was never undone"),
    ],
)
def test_what_is_said(facts: list[AnyFact], said: str) -> None:
    assert said in reasons(judged(facts)[1])


def test_what_nothing_proves_still_says_what_was_seen() -> None:
    _, experiment = judged([*UNPAGED, *AWAY, page("Down", BITES + 30.9)])
    assert experiment.alerts[0].reason == (
        "prometheus was lost for 6.0 s; at most 5 s are tolerated"
        " (seen: late: notified after 30.9 s ± 0.01 s, limit 30 s)"
    )
    assert (experiment.alerts[0].cause, experiment.alerts[0].unproven) == ("late", "lost-sight")
