"""The books of a wave: missing, doubled or uncounted orders are never met, and neither is what nobody could look up."""

import pytest

from simulator.journal.facts import LedgerChecked
from simulator.judge import judge
from simulator.judge.ledger import judge_ledger
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
    ("found", "outcome", "reason"),
    [
        ({}, "met", "all acknowledged orders are there, once"),
        ({"counted": 465.0}, "met", "all acknowledged orders are there, once"),
        (
            {"missing": ("a", "b", "c", "d")},
            "breached",
            "acknowledged and not in the database: 4 (a, b, c, ...)",
        ),
        ({"doubled": 1}, "breached", "twice under one idempotency key, or without any: 1"),
        (
            {"counted": 440.0},
            "breached",
            "Prometheus counted 440 orders, the database has 480; scrapes account for 17",
        ),
        ({"counted": 440.0, "resets": 1}, "met", "all acknowledged orders are there, once"),
        ({"error": "no answer"}, "inconclusive", "the orders could not be looked up: no answer"),
    ],
)
def test_what_the_books_say(found: dict[str, object], outcome: str, reason: str) -> None:
    judged = judge_ledger(BALANCED.model_copy(update=found), scrape_interval=2.0)
    assert (judged.outcome, judged.reason) == (outcome, reason)


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
    assert [reason.text for reason in verdict.reasons] == [
        f"orders of db-killed: acknowledged and not in the database: {len(missing)} ({id_})"
        for id_ in missing
    ]
