"""The second sentence of every report: what production's rules would have made of the same faults."""

from collections.abc import Sequence

from simulator.judge.verdict import AlertVerdict, RunVerdict
from simulator.report.words import count, duration


def in_production(verdict: RunVerdict) -> str:
    """How many of the expected pages would have come in time there; what is not known is said to be unknown.

    Empty where nobody speaks of production: rules of somebody else's are whatever they are.
    """
    if not verdict.speaks_of_production:
        return ""
    asked = [alert for one in verdict.experiments for alert in one.alerts if alert.expect == "notified"]
    if not asked:
        return "Production's rules were not put to the test: no page was expected."
    known = [(alert, there) for alert in asked if (there := _there(alert)) is not None]
    if not known:
        return f"What production's rules would have done is unknown for {_every(len(asked), 'page')}."
    late = sorted(there for alert, there in known if there > alert.limit)
    unknown = len(asked) - len(known)
    rest = f"; for {count(unknown, 'other')} it is unknown" if unknown else ""
    return f"By production's rules {_in_time(len(known), len(late))} {_limits(asked)}{_after(late, len(known))}{rest}."


def _there(alert: AlertVerdict) -> float | None:
    """Seconds to the page in production; None where nothing is proven here, for then nothing follows for there."""
    return None if alert.outcome == "inconclusive" else alert.in_production


def _in_time(known: int, late: int) -> str:
    if known == 1:
        return f"the page would {'not ' if late else ''}have come within"
    if late == known:
        return f"none of the {known} pages would have come within"
    return f"{_every(known, 'page') if not late else f'{known - late} of the {known} pages'} would have come within"


def _every(number: int, one: str) -> str:
    return {1: f"the one {one}", 2: f"both {one}s"}.get(number, f"all {number} {one}s")


def _limits(asked: Sequence[AlertVerdict]) -> str:
    limits = {alert.limit for alert in asked}
    return f"{limits.pop():g} s" if len(limits) == 1 else "their limits"


def _after(late: Sequence[float], known: int) -> str:
    if not late:
        return " too"
    low, high = duration(late[0]), duration(late[-1])
    span = low if low == high else f"{low} to {high}"
    return f", {'but' if len(late) == known else 'the others'} after about {span}"
