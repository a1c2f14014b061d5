"""Judges the books of a wave: nothing acknowledged is missing, nothing is there twice, and Prometheus counted it."""

from simulator.journal.facts import LedgerChecked
from simulator.judge.causes import LedgerCause
from simulator.judge.verdict import LedgerVerdict, Outcome
from simulator.plan.policy import Orders

NAMED = 3
"""Missing orders that are named."""


def judge_ledger(checked: LedgerChecked, scrape_interval: float, policy: Orders) -> LedgerVerdict:
    """The verdict on the orders of one wave."""
    outcome, cause, reason = _found(checked, scrape_interval, policy)
    return LedgerVerdict(
        experiments=checked.experiments,
        outcome=outcome,
        cause=cause,
        reason=reason,
        acknowledged=checked.acknowledged,
        missing=len(checked.missing),
        placed=checked.placed,
        doubled=checked.unkeyed,
        counted=checked.counted,
    )


def _found(
    checked: LedgerChecked, scrape_interval: float, policy: Orders
) -> tuple[Outcome, LedgerCause, str]:
    if checked.error:
        return "inconclusive", "not-looked-up", f"the orders could not be looked up: {checked.error}"
    if not checked.acknowledged and not checked.placed and not checked.counted:
        return "met", "nothing-placed", "nothing to balance: no order was placed"
    if checked.missing:
        named = ", ".join(checked.missing[:NAMED]) + (", ..." if len(checked.missing) > NAMED else "")
        return (
            "breached",
            "missing",
            f"acknowledged and not in the database: {len(checked.missing)} ({named})",
        )
    if checked.unkeyed:
        return "breached", "doubled", f"twice under one idempotency key, or without any: {checked.unkeyed}"
    apart = abs(checked.counted - checked.placed)
    open_ = _open(checked, scrape_interval, policy)
    if apart > open_:
        return (
            "breached",
            "uncounted",
            (
                f"Prometheus counted {checked.counted:g} orders, the database has {checked.placed};"
                f" scrapes account for {open_:.0f}"
            ),
        )
    return "met", "balanced", "every acknowledged order is there, once"


def _open(checked: LedgerChecked, scrape_interval: float, policy: Orders) -> float:
    """How many orders the counter may be away from the database."""
    pace = policy.burst * checked.placed / checked.seconds if checked.seconds else 0.0
    return pace * (policy.under_way + policy.lost_scrapes * scrape_interval * checked.resets) + 1
