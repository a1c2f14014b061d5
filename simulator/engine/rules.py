"""Asks once more, while the fault still bites, whether the rules are evaluated: one that fails is quiet for no good reason."""

from collections.abc import Iterable, Iterator

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.prometheus import EvaluatedRule
from simulator.journal.file import Journal
from simulator.journal.loaded import RulesAsked, Unwell
from simulator.judge.case import loaded
from simulator.plan.identity import Identity
from simulator.plan.models import Experiment

ASK_AGAIN_EVERY = 0.5
"""Seconds."""
ERROR_SHOWN = 200
"""Characters."""


async def ask_rules(doors: Doors, journal: Journal, experiment: Experiment, lost: float) -> None:
    """Write down which rules are not evaluated now.

    A Prometheus that does not answer is asked again for as long as it may be lost (seconds); once only where its own fault has
    taken it away.
    """
    error = ""

    async def look() -> RulesAsked | None:
        nonlocal error
        try:
            rules = await doors.prometheus.evaluated()
        except DoorError as refused:
            error = _shown(str(refused))
            return None
        return RulesAsked(unwell=tuple(_unwell(rules, loaded(journal.facts))))

    within = 0.0 if "prometheus" in experiment.blinds else lost
    asked = await doors.clock.until(look, within=within, every=ASK_AGAIN_EVERY)
    journal.write(asked or RulesAsked(error=error))


def _unwell(rules: Iterable[EvaluatedRule], known: Iterable[Identity]) -> Iterator[Unwell]:
    """Of the alerts only those that were loaded before the run: what a fault deploys is its own affair."""
    before = dict.fromkeys(known)
    there: set[Identity] = set()
    for rule in rules:
        identity = Identity.of(rule.name, rule.labels)
        there.add(identity)
        if rule.health in ("err", "unknown") and (identity in before or not rule.is_alert):
            yield Unwell.model_validate(
                {"rule": identity, "health": rule.health, "error": _shown(rule.error)}
            )
    yield from (Unwell(rule=one, health="gone") for one in before if one not in there)


def _shown(error: str) -> str:
    return " ".join(error.split())[:ERROR_SHOWN]
