"""service-hang: a service is frozen with SIGSTOP until undo: it keeps its ports and answers nothing."""

from typing import Literal

from simulator.faults.held import HeldService, ServiceSettings


class Settings(ServiceSettings):
    """The service to freeze, by its name in the environment."""

    fault: Literal["service-hang"] = "service-hang"


class ServiceHang(HeldService[Settings]):
    """The hold is a lease: it ends when this process dies, and then the service goes on."""

    name = "service-hang"
    settings = Settings
    how = "frozen"


FAULT = ServiceHang()
