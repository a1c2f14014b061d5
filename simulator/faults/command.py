"""command: a fault of the user's own, as programs that the environment names for a service."""

from typing import Literal

from simulator.doors import Doors
from simulator.doors.programs import Programs
from simulator.faults.base.acted import ActedFault, ActedRecord, ActedSettings


class Settings(ActedSettings):
    """The service whose programs are run, by its name in the environment."""

    fault: Literal["command"] = "command"


class Record(ActedRecord):
    """The programs with all that they need; secrets are references."""

    acts: Programs | None = None


class Command(ActedFault[Settings, Record]):
    """Programs without a shell, each in a process group of its own that is noted on disk before it begins.

    Killed with the engine in the middle of an injection, they are ended by the guard before it undoes. With a program to
    `arm`, the target ends the harm by itself even if nobody is left; without one, only engine and guard do.
    """

    name = "command"
    needs = "command"
    settings = Settings
    record = Record

    def given(self, service: str, doors: Doors) -> Programs:
        return doors.programs_of(service)


FAULT = Command()
