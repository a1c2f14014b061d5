"""What the faults on a container's traffic share: a helper in its network namespace, with a timer that ends them."""

from abc import abstractmethod
from typing import ClassVar

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.bounds import Act
from simulator.faults.base.containers import (
    ContainerFault,
    ContainerRecord,
    ContainerSettings,
    R,
    S,
    running_and_green,
)
from simulator.faults.contract import Check

__all__ = ["ContainerRecord", "ContainerSettings", "ShapedTraffic"]

DEVICE = "eth0"
"""A container's interface on its first network; Compose's services have one."""
HANDLE = "5117:"
"""Of our own qdisc: one that the container has given itself stays as it is."""
TAKEN = ("File exists", "NLM_F_REPLACE needed")
"""What the kernel says, by version, where there is one."""
CHAIN = "SIMULATOR"
"""Our own chain of packet rules: whatever else the container has stays as it is."""
LIFE = 180
"""Seconds after which the helper takes the harm away, should nobody be left to undo it."""
LOOK = 0.5
"""Seconds over which packets are counted."""
REMOVE = (
    f"tc qdisc del dev {DEVICE} root handle {HANDLE} 2>/dev/null || true; "
    f"iptables -D INPUT -j {CHAIN} 2>/dev/null || true; "
    f"iptables -F {CHAIN} 2>/dev/null || true; iptables -X {CHAIN} 2>/dev/null || true"
)
SHOW = (
    # Its errors apart: iptables warns of tables of its older self, which are none of ours.
    f"rules=$(iptables -S 2>/dev/null); qdiscs=$(tc qdisc show dev {DEVICE}); "
    f'echo "$qdiscs" | grep " {HANDLE}" || true; echo "$rules" | grep {CHAIN} || true'
)


class ShapedTraffic(ContainerFault[S, R]):
    """Packets of one container are held up, dropped or slowed."""

    needs = "shaping"
    act: ClassVar[Act] = "shaped"

    @abstractmethod
    def apply(self, record: R) -> str:
        """The shell script that begins the harm."""

    @abstractmethod
    def count(self) -> str:
        """The shell script that prints how many packets have felt it so far."""

    async def inject(self, record: R, doors: Doors) -> None:
        """Put a helper with a timer into the container's network namespace, and let it apply the harm there."""
        # The timer first: what follows cannot outlive it.
        await doors.docker.keep_beside(record.service, record.id, LIFE, REMOVE)
        try:
            await doors.docker.in_helper(record.id, self.apply(record))
        except DoorError as error:
            if any(words in str(error) for words in TAKEN):
                raise DoorError(
                    f"{record.service} shapes its traffic itself (there is a qdisc on its {DEVICE}): that is not touched"
                ) from None
            if f'Cannot find device "{DEVICE}"' in str(error):
                raise DoorError(
                    f"{record.service} has no interface {DEVICE}, which alone can be shaped; choose network-loss or"
                    " network-cut"
                ) from None
            if "kind is unknown" in str(error):
                raise DoorError(
                    f"this machine's kernel cannot do it (no such qdisc): `modprobe sch_netem` there, or choose"
                    f" network-loss or bandwidth-limit instead of {self.name}"
                ) from None
            raise

    async def is_effective(self, record: R, doors: Doors) -> Check:
        """Whether packets of the container have felt it within half a second, as the kernel counts them."""
        before = await self._felt(record, doors)
        await doors.clock.sleep(LOOK)
        felt = await self._felt(record, doors) - before
        return Check(ok=felt > 0, observed=f"{felt} packets of {record.service} felt it in {LOOK:g} s")

    async def undo(self, record: R, doors: Doors) -> None:
        """Remove qdisc and packet rules from its network namespace, end the helper, and have the container running."""
        try:
            await doors.docker.in_helper(record.id, REMOVE)  # ten times as fast as a new helper
        except DoorError:
            await doors.docker.start(record.service)
            await doors.docker.beside(record.service, record.id, REMOVE)
        await doors.docker.remove_helper(record.id)
        await doors.docker.start(record.service)

    async def is_undone(self, record: R, doors: Doors) -> Check:
        """No qdisc and no packet rule of ours is left, and the service answers its own probe."""
        left = (await doors.docker.beside(record.service, record.id, SHOW)).strip()
        if left:
            return Check(ok=False, observed=f"{record.service} still has: {left.splitlines()[0]}")
        return await running_and_green(record.service, doors)

    async def _felt(self, record: R, doors: Doors) -> int:
        printed = (await doors.docker.in_helper(record.id, self.count())).strip()
        try:
            return int(printed)
        except ValueError:
            raise DoorError(f"packets of {record.service} cannot be counted: {printed[:100]!r}") from None
