"""Notifications as the receiver got them."""

from collections.abc import Sequence

from simulator.journal.facts import AnyFact, Page
from simulator.observers.contract import Observer, Scene

LONG_POLL = 1.0
"""Seconds one question waits for something new: also how long a receiver may be lost before that is noticed."""


class Pages(Observer):
    """Waits at the receiver (a long poll), so that a page is known milliseconds after it arrived."""

    source = "receiver"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._last: int | None = None

    @property
    def every(self) -> float:
        return 0.05

    async def look(self) -> Sequence[AnyFact]:
        receiver = self.scene.doors.receiver
        if receiver is None:
            return []
        if self._last is None:
            # What arrived before this run is not ours; only its last number is.
            self._last = max([page.sequence for page in await receiver.notifications(0, 0.0)], default=0)
        new = await receiver.notifications(self._last, LONG_POLL)
        self._last = max([page.sequence for page in new], default=self._last)
        kept = self.scene.plan.stack.judged.kept
        return [Page(**one.model_copy(update={"labels": kept(one.labels)}).model_dump()) for one in new]


OBSERVER = Pages
