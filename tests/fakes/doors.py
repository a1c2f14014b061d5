"""Doors to a stack that exists only in memory: services that can be held, and nothing else."""

import io
from functools import partial

from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.configuration import Configuration
from simulator.doors.connections import Connections
from simulator.doors.docker import Docker
from simulator.doors.postgres import Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Address, How
from simulator.doors.whereabouts import composed
from simulator.doors.workload import UnlinkedWorkload
from simulator.erpgo.door import Erpgo
from simulator.journal.file import Journal
from tests.fakes.clock import FakeClock

NOWHERE = "http://127.0.0.1:9"
"""The discard port: whatever is asked there fails at once."""


class FakeServices:
    """Services that answer unless they are held; tests reach in to make them behave badly."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.immortal = False
        """Holding succeeds, but the service goes on answering: a fault without effect."""
        self.release_fails = 0
        """So many times releasing raises."""
        self.shared = ""
        """Whom holding one of them would harm as well."""

    async def hold(self, owner: str, service: str, how: How) -> None:
        self.held[owner] = f"{service} {how}"

    async def release(self, owner: str, service: str) -> None:  # noqa: ARG002  the owner is enough here
        if self.release_fails > 0:
            self.release_fails -= 1
            raise DoorError("the supervisor does not answer")
        self.held.pop(owner, None)

    async def is_held(self, owner: str, service: str) -> bool:  # noqa: ARG002  as above
        return owner in self.held

    async def probe(self, service: str) -> str:
        if not self.immortal and any(hold.startswith(service) for hold in self.held.values()):
            raise DoorError(f"{service} refused the connection")
        return f"{service} answers"

    async def target(self, service: str) -> str:
        return f"{service} (in memory)"

    async def overreach(self, service: str, how: How) -> str:  # noqa: ARG002  nothing is shared
        return self.shared

    async def replicas(self, service: str) -> int:  # noqa: ARG002  one of each
        return 1

    async def address(self, service: str) -> Address:  # noqa: ARG002  nobody listens
        return ("127.0.0.1", 1)

    async def close(self) -> None:
        self.held.clear()


def fake_doors(clock: FakeClock, services: FakeServices) -> Doors:
    run_clock = RunClock(clock)
    return Doors(
        clock=run_clock,
        services=services,
        own={Erpgo: Erpgo(NOWHERE, "", clock)},
        databases={"postgres": Postgres("host=127.0.0.1 port=9", clock)},
        caches={"redis": Redis("redis://127.0.0.1:9", clock)},
        containers=Docker(partial(composed, "nowhere"), "none"),
        workload=UnlinkedWorkload(run_clock),
        prometheus=Prometheus(NOWHERE),
        alertmanager=Alertmanager(NOWHERE),
        receiver=Receiver(NOWHERE, lambda: ""),
        configured=Configuration(None, NOWHERE, NOWHERE),
        connections=Connections(clock),
    )


class FullDisk(io.StringIO):
    """A file that fails once the disk is full."""

    name = "journal.jsonl"

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        """How many more lines fit."""

    def write(self, text: str) -> int:
        if self.room <= 0:
            raise OSError(28, "No space left on device")
        self.room -= 1
        return super().write(text)


def journal_in_memory(clock: RunClock, room: int = 10_000) -> Journal:
    return Journal(FullDisk(room), clock, lambda _: None)
