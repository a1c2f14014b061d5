"""The services door where services are systemd units: no lease holds one, the guard undoes what a dead engine left."""

from collections.abc import Mapping

from simulator.base.errors import DoorError
from simulator.doors.services import Address, How, Probe, answer_of
from simulator.doors.systemd import Systemd


class UnitServices:
    """Services as units: stopped or frozen by their manager, and so until somebody starts them."""

    def __init__(self, systemd: Systemd, units: Mapping[str, str], probes: Mapping[str, Probe]) -> None:
        self._systemd = systemd
        self._units = units
        """By service."""
        self._probes = probes

    async def hold(self, owner: str, service: str, how: How) -> None:  # noqa: ARG002  a unit has no owner
        unit = self._unit(service)
        await (self._systemd.kill(unit) if how == "killed" else self._systemd.freeze(unit))

    async def release(self, owner: str, service: str) -> None:  # noqa: ARG002  as above
        await self._systemd.start(self._unit(service))

    async def is_held(self, owner: str, service: str) -> bool:  # noqa: ARG002  as above
        unit = await self._systemd.unit(self._unit(service))
        return unit.is_down or unit.is_frozen

    async def probe(self, service: str) -> str:
        """Where no other question is known, systemd is asked."""
        if service in self._probes:
            return await answer_of(service, self._probes)
        unit = await self._systemd.unit(self._unit(service))
        if unit.active != "active" or unit.is_frozen:
            raise DoorError(f"{self._unit(service)} is {'frozen' if unit.is_frozen else unit.active}")
        return f"{self._unit(service)} is active"

    async def target(self, service: str) -> str:
        unit = await self._systemd.unit(self._unit(service))
        return f"{service} ({self._unit(service)}, {unit.active}, process {unit.pid})"

    async def overreach(self, service: str, how: How) -> str:
        name = self._unit(service)
        if how == "frozen":
            return ""
        others, starters = await self._systemd.stopped_with(name), await self._systemd.started_by(name)
        said = [f"systemd stops {', '.join(others)} along with {name}"] if others else []
        said += [f"{', '.join(starters)} would start {name} again"] if starters else []
        return "; ".join(said)

    async def replicas(self, service: str) -> int:  # noqa: ARG002  a unit is one
        return 1

    async def address(self, service: str) -> Address:
        raise DoorError(f"systemd does not say where {self._unit(service)} listens")

    async def close(self) -> None:
        """Nothing is held by this process."""

    def _unit(self, service: str) -> str:
        if service not in self._units:
            raise DoorError(f"{service!r} is no systemd unit of this environment")
        return self._units[service]
