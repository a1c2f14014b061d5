"""The door to the stack's services: hold one down or frozen, release it, ask it whether it is well."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

from simulator.base.errors import DoorError
from simulator.doors.endpoint import Endpoint
from simulator.doors.http import JsonClient

How = Literal["killed", "frozen"]
Probe = Callable[[], Awaitable[str]]
Address = tuple[str, int]
"""Host and port."""


class Services(Protocol):
    """What can be done to services, on any kind of stack."""

    async def hold(self, owner: str, service: str, how: How) -> None:
        """Kill or freeze the service and keep it so, under a lease of this process."""
        ...

    async def release(self, owner: str, service: str) -> None:
        """Let go of the service that the owner holds, whoever took it. Idempotent."""
        ...

    async def is_held(self, owner: str, service: str) -> bool: ...

    async def probe(self, service: str) -> str:
        """The service's answer to its own health question; raises DoorError when there is none."""
        ...

    async def target(self, service: str) -> str:
        """What exactly would be harmed: the process or the containers that the service is at this moment."""
        ...

    async def overreach(self, service: str, how: How) -> str:
        """Whom holding it would harm as well, or what of it could not be given back; empty: nothing."""
        ...

    async def replicas(self, service: str) -> int:
        """How many processes or containers the service is."""
        ...

    async def address(self, service: str) -> Address:
        """Where the service itself listens, past whatever publishes its port."""
        ...

    async def close(self) -> None: ...


async def answer_of(service: str, probes: Mapping[str, Probe]) -> str:
    """The answer of one of several probes; raises DoorError when there is none."""
    if service not in probes:
        raise DoorError(f"no health question is known for {service!r}")
    return await probes[service]()


def http_probe(name: str, at: Endpoint | str, path: str) -> Probe:
    """A probe that is green when the path answers 2xx; closes its connection each time."""

    async def probe() -> str:
        client = JsonClient(name, at)
        try:
            await client.get_text(path)
        finally:
            await client.close()
        return f"{path} answered"

    return probe
