"""service-kill: a service is killed with SIGKILL and held down until undo."""

from typing import Literal

from simulator.faults.held import HeldService, ServiceSettings


class Settings(ServiceSettings):
    """The service to kill, by its name in the environment."""

    fault: Literal["service-kill"] = "service-kill"


class ServiceKill(HeldService[Settings]):
    """The hold is a lease: it ends when this process dies, and then the service is started again."""

    name = "service-kill"
    settings = Settings
    how = "killed"


FAULT = ServiceKill()
