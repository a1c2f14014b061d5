"""Judges the books of a wave: nothing acknowledged is missing, nothing is there twice, and Prometheus counted it."""

from simulator.journal.facts import LedgerChecked
from simulator.judge.causes import LedgerCause
from simulator.judge.verdict import LedgerVerdict, Outcome
from simulator.plan.policy import Books

NAMED = 3
"""Of what is missing, so much is named."""


def judge_ledger(checked: LedgerChecked, scrape_interval: float, policy: Books) -> LedgerVerdict:
    """The verdict on the books of one wave; what they cannot say is not judged."""
    outcome, cause, reason = _found(checked, scrape_interval, policy)
    return LedgerVerdict(
        what=checked.what,
        experiments=checked.experiments,
        outcome=outcome,
        cause=cause,
        reason=reason,
        acknowledged=checked.acknowledged,
        missing=len(checked.missing),
        recorded=checked.recorded,
        doubled=checked.doubled,
        counted=checked.counted,
    )


def _found(checked: LedgerChecked, scrape_interval: float, policy: Books) -> tuple[Outcome, LedgerCause, str]:
    if checked.error:
        return (
            "inconclusive",
            "not-looked-up",
            f"the {checked.what} could not be looked up: {checked.error}",
        )
    if not checked.acknowledged and not checked.recorded and not checked.counted:
        return "met", "nothing-placed", f"nothing to balance: there were no {checked.what}"
    if checked.missing:
        named = ", ".join(checked.missing[:NAMED]) + (", ..." if len(checked.missing) > NAMED else "")
        return (
            "breached",
            "missing",
            f"acknowledged and not in the database: {len(checked.missing)} ({named})",
        )
    if checked.doubled:
        return "breached", "doubled", f"twice under one idempotency key, or without any: {checked.doubled}"
    open_ = _open(checked, scrape_interval, policy)
    if checked.counted is not None and abs(checked.counted - checked.recorded) > open_:
        said = (
            f"Prometheus counted {checked.counted:g} {checked.what}, the database has {checked.recorded};"
            f" scrapes account for {open_:.0f}"
        )
        return "breached", "uncounted", said
    if checked.acknowledged is None:
        return "met", "balanced", f"none of the {checked.what} is there twice"
    return "met", "balanced", f"all acknowledged {checked.what} are there, once"


def _open(checked: LedgerChecked, scrape_interval: float, policy: Books) -> float:
    """How far the counter may be away from what is recorded."""
    pace = policy.burst * checked.recorded / checked.seconds if checked.seconds else 0.0
    return pace * (policy.under_way + policy.lost_scrapes * scrape_interval * checked.resets) + 1
