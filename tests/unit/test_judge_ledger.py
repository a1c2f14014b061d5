"""The books of a wave: missing, doubled or uncounted orders are never met, and neither is what nobody could look up."""

import pytest

from simulator.journal.facts import LedgerChecked
from simulator.judge import judge
from simulator.judge.ledger import judge_ledger
from simulator.plan.policy import TODAY
from tests.fakes.journals import at, met_journal

BALANCED = LedgerChecked(
    what="orders",
    experiments=("db-killed",),
    seconds=60.0,
    acknowledged=480,
    recorded=480,
    doubled=0,
    counted=480.0,
)


@pytest.mark.parametrize(
    ("found", "outcome", "cause"),
    [
        ({}, "met", "balanced"),
        ({"counted": 465.0}, "met", "balanced"),
        (
            {"missing": ("a", "b", "c", "d")},
            "breached",
            "missing",
        ),
        ({"doubled": 1}, "breached", "doubled"),
        (
            {"counted": 440.0},
            "breached",
            "uncounted",
        ),
        ({"counted": 440.0, "resets": 1}, "met", "balanced"),
        ({"error": "no answer"}, "inconclusive", "not-looked-up"),
    ],
)
def test_what_the_books_say(found: dict[str, object], outcome: str, cause: str) -> None:
    judged = judge_ledger(BALANCED.model_copy(update=found), scrape_interval=2.0, policy=TODAY.books)
    assert (judged.outcome, judged.cause) == (outcome, cause)


@pytest.mark.parametrize(
    ("missing", "outcome"), [((), "met"), (("an-order",), "breached")], ids=["balanced", "missing"]
)
def test_a_run_that_lost_an_order_is_breached_whatever_its_alerts_did(
    missing: tuple[str, ...], outcome: str
) -> None:
    facts = met_journal()
    books = at(BALANCED.model_copy(update={"missing": missing}), facts[-1].at, "")
    verdict = judge([*facts[:-1], books, facts[-1]])
    assert verdict.outcome == outcome
    assert len(verdict.ledger) == 1
    assert [(one.about, one.subject, one.cause) for one in verdict.reasons] == [
        ("books", "orders of db-killed", "missing") for _ in missing
    ]
