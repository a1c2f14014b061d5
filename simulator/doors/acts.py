"""A fault of the user's own, as four acts: programs or requests, whatever carries them out."""

from abc import abstractmethod
from typing import Self

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.base.values import Seconds, Value


class ActFailed(DoorError):
    """An act did not do what it should. The message names no hosts: it goes into the journal."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said
        """What it said itself, its secrets taken out; for whoever sits before it, and for no file."""


class Acts(Value):
    """How one service is harmed and given back. All that its undo needs is in it; secrets are references.

    Every act may raise `DoorError`; that of a missing secret names its reference.
    """

    timeout: Seconds
    """For one act to end."""
    undo_within: Seconds
    """For the check to say that the harm is gone, after the undo."""

    @property
    @abstractmethod
    def is_armed(self) -> bool:
        """Whether the target ends the harm by itself, should nobody of us be left to."""

    @abstractmethod
    def ready(self) -> Self:
        """As they are written into the fault's record; raises DoorError where an act could not even begin."""

    @abstractmethod
    async def inject(self, fault_id: str) -> None:
        """Arm, where that is given, and then do the harm."""

    @abstractmethod
    async def bites(self, fault_id: str) -> bool:
        """What the check says; raises DoorError where it says neither yes nor no."""

    @abstractmethod
    def is_at_work(self, fault_id: str) -> bool:
        """Whether something still works on doing the harm."""

    @abstractmethod
    async def stop(self, fault_id: str, clock: RunClock) -> None:
        """End what is still at work on doing the harm, and see it gone. Idempotent, from any process."""

    @abstractmethod
    async def undo(self, fault_id: str) -> None:
        """Take the harm away. Idempotent."""
