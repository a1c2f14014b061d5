"""The services door where services can be asked, and neither killed nor frozen."""

from collections.abc import Mapping

from simulator.base.errors import DoorError
from simulator.doors.services import Address, How, Probe, answer_of


class UnheldServices:
    """Services of which only an address is known, or programs of the user's own: other faults may harm them."""

    def __init__(self, kinds: Mapping[str, str], probes: Mapping[str, Probe]) -> None:
        self._kinds = kinds
        """What each is, by service, as people call it: a database, a cache."""
        self._probes = probes

    async def hold(self, owner: str, service: str, how: How) -> None:  # noqa: ARG002  nobody gets that far
        raise DoorError(
            f"{service} cannot be {how}: it is {self._kinds[service]};"
            " say in the environment which container or systemd unit it is"
        )

    async def release(self, owner: str, service: str) -> None:
        """Nothing is held."""

    async def is_held(self, owner: str, service: str) -> bool:  # noqa: ARG002  as above
        return False

    async def probe(self, service: str) -> str:
        return await answer_of(service, self._probes)

    async def target(self, service: str) -> str:
        return f"{service} ({self._kinds[service]})"

    async def overreach(self, service: str, how: How) -> str:  # noqa: ARG002  it is refused anyway
        return ""

    async def replicas(self, service: str) -> int:  # noqa: ARG002  nobody counts them
        return 1

    async def address(self, service: str) -> Address:
        raise DoorError(f"it is not known where {service} listens for its neighbours")

    async def close(self) -> None:
        """Nothing is held by this process."""
