"""The services of somebody else's system: each is of a kind, and whoever knows that kind is asked."""

from collections.abc import Mapping

from simulator.base.errors import DoorError
from simulator.doors.services import Address, How, Services


class AttachedServices:
    """Services of several kinds."""

    def __init__(self, kinds: Mapping[str, Services]) -> None:
        self._kinds = kinds
        """By service; one that knows several stands here several times."""

    async def hold(self, owner: str, service: str, how: How) -> None:
        await self._of(service).hold(owner, service, how)

    async def release(self, owner: str, service: str) -> None:
        await self._of(service).release(owner, service)

    async def is_held(self, owner: str, service: str) -> bool:
        return await self._of(service).is_held(owner, service)

    async def probe(self, service: str) -> str:
        return await self._of(service).probe(service)

    async def target(self, service: str) -> str:
        return await self._of(service).target(service)

    async def overreach(self, service: str, how: How) -> str:
        return await self._of(service).overreach(service, how)

    async def replicas(self, service: str) -> int:
        return await self._of(service).replicas(service)

    async def address(self, service: str) -> Address:
        return await self._of(service).address(service)

    async def close(self) -> None:
        for kind in {id(kind): kind for kind in self._kinds.values()}.values():
            await kind.close()

    def _of(self, service: str) -> Services:
        if service not in self._kinds:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise DoorError(f"{service!r} is no service of this environment; known: {known}")
        return self._kinds[service]
