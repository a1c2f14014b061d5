"""Who holds what, and until when. Time is passed in: nothing here waits."""

import dataclasses
import math

from simulator.erpgo.stack.supervisor.protocol import Hold, HoldRequest


@dataclasses.dataclass
class _Lease:
    connection: int
    period_s: float
    expires: float

    def renew(self, now: float) -> None:
        self.expires = now + self.period_s


@dataclasses.dataclass
class _Held(_Lease):
    hold: Hold


@dataclasses.dataclass
class _StackLease(_Lease):
    holder: str


class HoldRefused(Exception):
    """The service is held already; the message names the owner."""


class Leases:
    """All holds (one a service at most) and stack leases, by the connection that took them."""

    def __init__(self) -> None:
        self._holds: dict[str, _Held] = {}
        self._stack: list[_StackLease] = []

    def hold(self, connection: int, asked: HoldRequest) -> Hold:
        """Enter a hold, whose lease runs once it has begun: to carry it out may take longer than the lease.

        Raises:
            HoldRefused: the service is held already.
        """
        if (other := self._holds.get(asked.service)) is not None:
            raise HoldRefused(
                f"service {asked.service} is already {other.hold.how} by {other.hold.owner}; release that first"
            )
        hold = Hold(service=asked.service, how=asked.how, owner=asked.owner, lease_s=asked.lease_s)
        self._holds[asked.service] = _Held(connection, asked.lease_s, math.inf, hold)
        return hold

    def begin(self, hold: Hold, now: float) -> None:
        """The hold is carried out: from now on it has to be renewed. One that was taken out meanwhile stays out."""
        held = self._holds.get(hold.service)
        if held is not None and held.hold is hold:
            held.renew(now)

    def lease(self, connection: int, holder: str, period_s: float, now: float) -> None:
        """Enter a stack lease; a holder's second lease on one connection replaces its first."""
        self._stack = [one for one in self._stack if (one.connection, one.holder) != (connection, holder)]
        self._stack.append(_StackLease(connection, period_s, now + period_s, holder))

    def renew(self, connection: int, now: float) -> None:
        """Renew all that one connection holds; what has run out before does not come back."""
        for lease in (*self._holds.values(), *self._stack):
            if lease.connection == connection and lease.expires > now:
                lease.renew(now)

    def release_owner(self, owner: str) -> list[Hold]:
        """Take out every hold of an owner."""
        return self._take([held for held in self._holds.values() if held.hold.owner == owner])

    def close(self, connection: int) -> list[Hold]:
        """Take out all that a closed connection held."""
        self._stack = [one for one in self._stack if one.connection != connection]
        return self._take([held for held in self._holds.values() if held.connection == connection])

    def expire(self, now: float) -> list[Hold]:
        """Take out what was not renewed in time."""
        self._stack = [one for one in self._stack if one.expires > now]
        return self._take([held for held in self._holds.values() if held.expires <= now])

    def holds(self) -> tuple[Hold, ...]:
        return tuple(held.hold for held in self._holds.values())

    def holders(self) -> tuple[str, ...]:
        """The holders of stack leases."""
        return tuple(one.holder for one in self._stack)

    def _take(self, gone: list[_Held]) -> list[Hold]:
        for held in gone:
            del self._holds[held.hold.service]
        return [held.hold for held in gone]
