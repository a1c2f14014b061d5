"""A machine too busy to measure: the one reason for which a game day in a test may be run once more, and it says so."""

import sys

from simulator.judge.causes import Cause
from simulator.judge.verdict import RunVerdict

STARVED: Cause = "harness-starved"


def reasons(verdict: RunVerdict) -> list[str]:
    """Why its experiments are not met."""
    return [reason.text for experiment in verdict.experiments for reason in experiment.reasons]


def causes(verdict: RunVerdict) -> list[Cause | None]:
    """The same as values."""
    return [reason.cause for experiment in verdict.experiments for reason in experiment.reasons]


def is_starved(verdict: RunVerdict, what: str) -> bool:
    """Whether it proves nothing because the harness was starved; if so, CI's log says it."""
    starved = verdict.outcome == "inconclusive" and STARVED in causes(verdict)
    if starved:
        print(f"{what}: too busy to measure: {'; '.join(reasons(verdict))}", file=sys.__stderr__)
    return starved


SLOW = {"HighResponseTime", "CriticalResponseTime", "ResponseTimeAboveBand"}
"""Alerts that are right about a system whose machine is busy with others."""


def is_slow(verdict: RunVerdict, what: str) -> bool:
    """Whether nothing is wrong with it but that the system itself, on a busy machine, answered slowly, and its alert said so."""
    found = [reason for experiment in verdict.experiments for reason in experiment.reasons]
    slow = bool(found) and all(one.cause == "unexpected" and one.subject in SLOW for one in found)
    if slow:
        print(f"{what}: the system was slow: {'; '.join(reasons(verdict))}", file=sys.__stderr__)
    return slow
