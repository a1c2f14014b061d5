"""Judges whether the system recovered by itself from a fault after which it had to."""

from simulator.journal.facts import FaultChecked, FaultRequested
from simulator.judge.case import Case
from simulator.judge.causes import HealingCause
from simulator.judge.verdict import HealingVerdict, Outcome


def judge_healing(case: Case, requested: FaultRequested, limit: float | None) -> HealingVerdict | None:
    """The verdict on one fault's healing; None where none was asked for."""
    if limit is None:
        return None
    looks = [fact for fact in case.all(FaultChecked) if fact.id == requested.id and fact.question == "healed"]
    healed = next((fact for fact in looks if fact.ok), None)
    interval = case.effective(requested.id)
    if healed is None or interval is None:
        seen = looks[-1].observed if looks else "nobody looked"
        return HealingVerdict(
            outcome="breached" if looks and interval else "inconclusive",
            cause="not-healed" if looks and interval else "unseen",
            reason=f"it did not come back by itself within {limit:g} s: {seen}",
            limit=limit,
            healed=None,
            latency=None,
            uncertainty=0.0,
        )
    sick = max((fact.began for fact in looks if fact.at < healed.at), default=interval.start)
    latency, doubt = healed.at - interval.start, healed.at - sick
    outcome, cause = _found(latency, doubt, limit)
    said = f"it came back by itself after {latency:.1f} s"
    return HealingVerdict(
        outcome=outcome,
        cause=cause,
        reason=said if outcome == "met" else f"{said}, limit {limit:g} s",
        limit=limit,
        healed=healed.at,
        latency=latency,
        uncertainty=doubt,
    )


def _found(latency: float, doubt: float, limit: float) -> tuple[Outcome, HealingCause]:
    """It was well again at some time between the last look that said no and the first that said yes."""
    if latency <= limit:
        return "met", "healed"
    return ("breached", "late") if latency - doubt > limit else ("inconclusive", "unsure")
