"""service-kill: a service is killed with SIGKILL and held down until undo; a process here, a container there."""

from typing import Literal

from simulator.faults.base.held import HeldService, ServiceSettings


class Settings(ServiceSettings):
    """The service to kill, by its name in the environment."""

    fault: Literal["service-kill"] = "service-kill"


class ServiceKill(HeldService[Settings]):
    """On processes the hold is a lease: it ends when this process dies, and then the service is started again.

    On containers nothing can hold a lease: the container is killed through the engine, and the guard starts it.
    """

    name = "service-kill"
    settings = Settings
    how = "killed"


FAULT = ServiceKill()
