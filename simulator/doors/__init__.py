"""Doors: each outside system is reached through exactly one module here.

A door speaks the system's own protocol, has short timeouts, turns every failure into a `DoorError`, and
never judges.
"""

from dataclasses import dataclass

from simulator.base.clock import RunClock
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.configuration import Configuration
from simulator.doors.connections import Connections
from simulator.doors.docker import Docker
from simulator.doors.erpgo import Erpgo
from simulator.doors.postgres import Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Services
from simulator.doors.workload import Workload


@dataclass(frozen=True)
class Doors:
    """All doors of one environment, and the run's clock."""

    clock: RunClock
    services: Services
    erpgo: Erpgo
    postgres: Postgres
    redis: Redis
    docker: Docker
    workload: Workload
    prometheus: Prometheus
    alertmanager: Alertmanager
    receiver: Receiver
    configuration: Configuration
    connections: Connections

    async def close(self) -> None:
        """Give back every connection, lease and task. Holds that are still open are released by this."""
        await self.connections.close()
        await self.redis.close()
        await self.postgres.close()
        await self.services.close()
        await self.docker.close()
        await self.erpgo.close()
        await self.configuration.close()
        await self.prometheus.close()
        await self.alertmanager.close()
        await self.receiver.close()
