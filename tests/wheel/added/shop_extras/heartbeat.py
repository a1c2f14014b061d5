"""Looks, and never sees anything."""

from collections.abc import Sequence

from simulator.journal.facts import AnyFact
from simulator.observers.contract import Observer


class Heartbeat(Observer):
    """Of the shop."""

    source = "the shop's heartbeat"

    async def look(self) -> Sequence[AnyFact]:
        return []


OBSERVER = Heartbeat
