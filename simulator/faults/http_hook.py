"""http-hook: a fault of the user's own, as requests to an API that the environment names for a service."""

from typing import Literal

from simulator.doors import Doors
from simulator.doors.hooks import Hooks
from simulator.faults.base.acted import ActedFault, ActedRecord, ActedSettings


class Settings(ActedSettings):
    """The service whose requests are sent, by its name in the environment."""

    fault: Literal["http-hook"] = "http-hook"


class Record(ActedRecord):
    """The requests with all that they need; secrets are references."""

    acts: Hooks | None = None


class HttpHook(ActedFault[Settings, Record]):
    """Requests whose status says whether they did what they should; none is redirected, none goes through a proxy.

    With a request to `arm`, the target ends the harm by itself even if nobody is left; without one, only engine and guard do.
    """

    name = "http-hook"
    needs = "http"
    settings = Settings
    record = Record

    def given(self, service: str, doors: Doors) -> Hooks:
        return doors.hooks_of(service)


FAULT = HttpHook()
