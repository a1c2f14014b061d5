"""Judges the books of a wave: nothing acknowledged is missing, nothing is there twice, and Prometheus counted it."""

from simulator.journal.facts import LedgerChecked
from simulator.judge.verdict import LedgerVerdict, Outcome

UNDER_WAY = 1.0
"""Seconds' worth of what is recorded and not yet counted when the system is scraped, or the other way round."""
LOST_SCRAPES = 2.0
"""Intervals' worth of the count that each restart of the system loses: what it had counted since its last scrape."""
BURST = 2.0
"""How many times the mean pace the busiest second has."""
NAMED = 3
"""Of what is missing, so much is named."""


def judge_ledger(checked: LedgerChecked, scrape_interval: float) -> LedgerVerdict:
    """The verdict on the books of one wave; what they cannot say is not judged."""
    outcome, reason = _found(checked, scrape_interval)
    return LedgerVerdict(
        what=checked.what,
        experiments=checked.experiments,
        outcome=outcome,
        reason=reason,
        acknowledged=checked.acknowledged,
        missing=len(checked.missing),
        recorded=checked.recorded,
        doubled=checked.doubled,
        counted=checked.counted,
    )


def _found(checked: LedgerChecked, scrape_interval: float) -> tuple[Outcome, str]:
    if checked.error:
        return "inconclusive", f"the {checked.what} could not be looked up: {checked.error}"
    if not checked.acknowledged and not checked.recorded and not checked.counted:
        return "met", f"nothing to balance: there were no {checked.what}"
    if checked.missing:
        named = ", ".join(checked.missing[:NAMED]) + (", ..." if len(checked.missing) > NAMED else "")
        return "breached", f"acknowledged and not in the database: {len(checked.missing)} ({named})"
    if checked.doubled:
        return "breached", f"twice under one idempotency key, or without any: {checked.doubled}"
    open_ = _open(checked, scrape_interval)
    if checked.counted is not None and abs(checked.counted - checked.recorded) > open_:
        return "breached", (
            f"Prometheus counted {checked.counted:g} {checked.what}, the database has {checked.recorded};"
            f" scrapes account for {open_:.0f}"
        )
    if checked.acknowledged is None:
        return "met", f"none of the {checked.what} is there twice"
    return "met", f"all acknowledged {checked.what} are there, once"


def _open(checked: LedgerChecked, scrape_interval: float) -> float:
    """How far the counter may be away from what is recorded."""
    pace = BURST * checked.recorded / checked.seconds if checked.seconds else 0.0
    return pace * (UNDER_WAY + LOST_SCRAPES * scrape_interval * checked.resets) + 1
