"""service-hang: a service is frozen (SIGSTOP, or a paused container) until undo: it keeps its ports and answers nothing."""

from typing import Literal

from simulator.faults.base.held import HeldService, ServiceSettings


class Settings(ServiceSettings):
    """The service to freeze, by its name in the environment."""

    fault: Literal["service-hang"] = "service-hang"


class ServiceHang(HeldService[Settings]):
    """On processes the hold is a lease: it ends when this process dies, and then the service goes on.

    On containers nothing can hold a lease: the container is paused, and the guard lets it go on.
    """

    name = "service-hang"
    settings = Settings
    how = "frozen"


FAULT = ServiceHang()
