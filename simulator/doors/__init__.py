"""Doors: each outside system is reached through exactly one module here.

A door speaks the system's own protocol, has short timeouts, turns every failure into a `DoorError`, and
never judges.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.canary import Canary
from simulator.doors.configuration import Configuration
from simulator.doors.connections import Connections
from simulator.doors.docker import Docker
from simulator.doors.hooks import Hooks
from simulator.doors.postgres import Postgres
from simulator.doors.programs import Programs
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Services
from simulator.doors.workload import Workload


class Door(Protocol):
    """What an adapter adds of its own."""

    async def close(self) -> None: ...


D = TypeVar("D", bound=Door)


@dataclass(frozen=True)
class Doors:
    """The doors that one environment has, and the run's clock. What it has not, a fault is refused for."""

    clock: RunClock
    services: Services
    workload: Workload
    prometheus: Prometheus
    alertmanager: Alertmanager
    connections: Connections
    receiver: Receiver | None = None
    """Where pages arrive; None: nobody of us is told of any."""
    canary: Canary | None = None
    """None: nothing is sent ahead, and the report says so."""
    configured: Configuration | None = None
    """The configuration files of Prometheus and Alertmanager, where they can be replaced."""
    databases: Mapping[str, Postgres] = field(default_factory=dict)
    """By the service's name."""
    caches: Mapping[str, Redis] = field(default_factory=dict)
    """By the service's name."""
    programs: Mapping[str, Programs] = field(default_factory=dict)
    """By the service's name: how the user harms it by programs."""
    hooks: Mapping[str, Hooks] = field(default_factory=dict)
    """By the service's name: how the user harms it by requests."""
    containers: Docker | None = None
    identity: Callable[[], Awaitable[str]] | None = None
    """Asks the system which environment it is; None: it does not say."""
    own: Mapping[type[Any], Any] = field(default_factory=dict)
    """Those of the adapter, by their type."""

    @property
    def docker(self) -> Docker:
        """Raises DoorError where nothing is a container."""
        if self.containers is None:
            raise DoorError("no service of this environment is a container")
        return self.containers

    @property
    def configuration(self) -> Configuration:
        """Raises DoorError where the files are out of reach."""
        if self.configured is None:
            raise DoorError("the configuration files of this environment are out of reach")
        return self.configured

    def database(self, service: str) -> Postgres:
        """The database behind a service; raises DoorError where there is none."""
        if service not in self.databases:
            raise DoorError(f"{service!r} is no database of this environment; {_known(self.databases)}")
        return self.databases[service]

    def cache(self, service: str) -> Redis:
        """The cache behind a service; raises DoorError where there is none."""
        if service not in self.caches:
            raise DoorError(f"{service!r} is no cache of this environment; {_known(self.caches)}")
        return self.caches[service]

    def programs_of(self, service: str) -> Programs:
        """The programs for a service; raises DoorError where there are none."""
        if service not in self.programs:
            raise DoorError(
                f"no programs are given for {service!r} in this environment; {_known(self.programs)}"
            )
        return self.programs[service]

    def hooks_of(self, service: str) -> Hooks:
        """The requests for a service; raises DoorError where there are none."""
        if service not in self.hooks:
            raise DoorError(
                f"no requests are given for {service!r} in this environment; {_known(self.hooks)}"
            )
        return self.hooks[service]

    def of(self, kind: type[D]) -> D:
        """An adapter's own door; raises DoorError where this environment has none."""
        found: D | None = self.own.get(kind)
        if found is None:
            raise DoorError(f"this environment has no door to {kind.__name__}")
        return found

    async def close(self) -> None:
        """Give back every connection, lease and task. Holds that are still open are released by this."""
        await self.connections.close()
        for cache in self.caches.values():
            await cache.close()
        for database in self.databases.values():
            await database.close()
        await self.services.close()
        if self.containers is not None:
            await self.containers.close()
        for own in self.own.values():
            await own.close()
        for door in (self.configured, self.prometheus, self.alertmanager, self.receiver):
            if door is not None:
                await door.close()


def _known(doors: Mapping[str, object]) -> str:
    return f"known: {', '.join(sorted(doors))}" if doors else "it has none"
