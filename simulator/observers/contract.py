"""What every observer is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.doors import Doors
from simulator.journal.facts import AnyFact
from simulator.plan.models import Plan


@dataclass(frozen=True)
class Scene:
    """What an observer may look at, and what it should look for."""

    plan: Plan
    doors: Doors


class Observer(ABC):
    """Looks at one source, again and again, and says what changed.

    A look that raises `DoorError` makes the source lost until the next look that does not.
    """

    source: ClassVar[str]
    """The name under which the source is lost and regained."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @property
    def every(self) -> float:
        """Seconds from the end of one look to the next."""
        return 0.25

    @abstractmethod
    async def look(self) -> Sequence[AnyFact]:
        """What is new since the last look."""
