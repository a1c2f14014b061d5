"""When abort conditions saw nothing to compare: a net that could not have held."""

from collections.abc import Sequence

from simulator.journal.blindness import ConditionBlind, ConditionSighted
from simulator.journal.facts import AnyFact
from simulator.judge.verdict import BlindCondition
from simulator.plan.models import Plan


def blind_conditions(facts: Sequence[AnyFact], plan: Plan) -> tuple[BlindCondition, ...]:
    """Every stretch, in the order in which they began."""
    ignoring = {condition.name for condition in plan.stack.nets.abort_when if condition.absent == "ignore"}
    found: list[BlindCondition] = []
    for index, fact in enumerate(facts):
        if not isinstance(fact, ConditionBlind):
            continue
        again = next(
            (
                later.at
                for later in facts[index:]
                if isinstance(later, ConditionSighted)
                and (later.condition, later.query) == (fact.condition, fact.query)
            ),
            None,
        )
        found.append(
            BlindCondition(
                condition=fact.condition,
                query=fact.query,
                had=fact.had,
                start=fact.at,
                end=again,
                ignored=fact.condition in ignoring,
            )
        )
    return tuple(found)
