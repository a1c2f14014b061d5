"""The services door where services are containers: no lease holds one, the guard undoes what a dead engine left."""

from collections.abc import Mapping

from simulator.doors.bounds import overreach
from simulator.doors.docker import Docker
from simulator.doors.services import Address, How, Probe, answer_of


class ContainerServices:
    """Services as containers: killed or paused by the engine, and so until somebody starts them."""

    def __init__(self, docker: Docker, probes: Mapping[str, Probe]) -> None:
        self._docker = docker
        self._probes = probes

    async def hold(self, owner: str, service: str, how: How) -> None:  # noqa: ARG002  a container has no owner
        await (self._docker.kill(service) if how == "killed" else self._docker.pause(service))

    async def release(self, owner: str, service: str) -> None:  # noqa: ARG002  as above
        await self._docker.start(service)

    async def is_held(self, owner: str, service: str) -> bool:  # noqa: ARG002  as above
        return (await self._docker.state(service)).status not in ("running", "restarting")

    async def probe(self, service: str) -> str:
        return await answer_of(service, self._probes)

    async def target(self, service: str) -> str:
        replicas = await self._docker.replicas(service)
        states = [await self._docker.state(replica) for replica in replicas]
        shown = "; ".join(f"container {state.id[:12]}, {state.status}" for state in states)
        return f"{service} ({shown})"

    async def overreach(self, service: str, how: How) -> str:
        return overreach(await self._docker.bounds(service), "ended" if how == "killed" else "frozen")

    async def replicas(self, service: str) -> int:
        return len(await self._docker.replicas(service))

    async def address(self, service: str) -> Address:
        return await self._docker.address(service)

    async def close(self) -> None:
        """Nothing is held by this process."""
