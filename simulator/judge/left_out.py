"""What could not be checked, because the system under test gives no grounds for it; and what should have been and was not."""

from collections import Counter
from collections.abc import Iterator, Sequence

from simulator.journal.facts import AnyFact, ExperimentStarted, LedgerChecked
from simulator.judge.verdict import LeftOut, Reason
from simulator.plan.models import Plan


def left_out(plan: Plan, facts: Sequence[AnyFact]) -> tuple[LeftOut, ...]:
    """The checks that this run went without; none where the plan is too old to say."""
    if plan.system is None:
        return ()
    books = [fact for fact in facts if isinstance(fact, LedgerChecked) and not fact.error]
    absent: dict[LeftOut, bool] = {
        "canary": not plan.stack.judged.canary,
        "receiver": plan.stack.judged.at == "accepted",
        "traffic": not plan.stack.sends_traffic and not plan.system.witness,
        "witness": plan.stack.sends_traffic and not plan.system.witness,
        "ledger": not plan.system.ledger,
        "receipts": any(fact.acknowledged is None for fact in books),
        "counter": any(fact.counted is None for fact in books),
    }
    return tuple(name for name, is_absent in absent.items() if is_absent)


def unasked(plan: Plan, facts: Sequence[AnyFact]) -> Iterator[Reason]:
    """Books that the system keeps and nobody looked up: that nothing is known to be missing proves nothing."""
    if plan.system is None or not plan.system.ledger:
        return
    # By round: what was looked up after one says nothing of the next.
    missing = Counter(fact.experiment for fact in facts if isinstance(fact, ExperimentStarted))
    missing -= Counter(name for fact in facts if isinstance(fact, LedgerChecked) for name in fact.experiments)
    if missing:
        whose = f"{plan.system.ledger} of {', '.join(missing)}"
        yield Reason.of("inconclusive", "books", "not-looked-up", "nobody looked them up", whose)
