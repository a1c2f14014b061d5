"""The door to a service's front: connections that are opened, begin a request, and never finish it."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Sequence

from simulator.base.clock import Clock
from simulator.base.errors import DoorError
from simulator.doors.services import Address

BATCH = 50
"""Connections opened between two looks at the clock."""
SPARE_FILES = 200
"""File descriptors that this process needs for everything else."""
_REQUEST = (
    "POST /api/v1/auth/login HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0\r\n"
    "X-Forwarded-For: {address}\r\nContent-Type: application/json\r\nContent-Length: 64\r\n\r\n{{"
)
"""The first byte of a body whose other 63 never come: the API has a task that waits for them."""


class Connections:
    """Holds connections open. They end when they are let go, and with this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, tuple[list[socket.socket], asyncio.Task[None]]] = {}

    def hold(self, owner: str, place: Address, count: int, rate: float) -> None:
        """Begin to open `count` connections to a place, `rate` a second.

        Raises:
            DoorError: this process may not open so many files.
        """
        _allow_files(count + SPARE_FILES)
        sockets: list[socket.socket] = []
        self._held[owner] = (sockets, asyncio.create_task(self._open(place, sockets, count, rate)))

    def held(self, owner: str) -> int:
        """How many are open."""
        sockets, _ = self._held.get(owner, ([], None))
        return len(sockets)

    async def let_go(self, owner: str) -> None:
        """Close all of them. Idempotent."""
        sockets, opening = self._held.pop(owner, ([], None))
        if opening is not None:
            opening.cancel()
            await asyncio.wait([opening])
        _close(sockets)

    async def close(self) -> None:
        for owner in list(self._held):
            await self.let_go(owner)

    async def _open(self, place: Address, sockets: list[socket.socket], count: int, rate: float) -> None:
        """A connection that is refused is tried again with the next batch."""
        began = self._clock.monotonic()
        while len(sockets) < count:
            for _ in range(min(BATCH, count - len(sockets))):
                with contextlib.suppress(OSError, TimeoutError):
                    sockets.append(await self._begin(place, len(sockets)))
            await self._clock.sleep(max(0.01, began + len(sockets) / rate - self._clock.monotonic()))

    async def _begin(self, place: Address, number: int) -> socket.socket:
        loop = asyncio.get_running_loop()
        connection = socket.socket()
        connection.setblocking(False)
        try:
            async with asyncio.timeout(1.0):
                await loop.sock_connect(connection, place)
                # One address each (RFC 2544's range): no rate limit is to answer in the request's place.
                address = f"198.19.{number // 250 % 256}.{number % 250 + 1}"
                request = _REQUEST.format(host=place[0], address=address)
                await loop.sock_sendall(connection, request.encode())
        except BaseException:
            connection.close()
            raise
        return connection


def _close(sockets: Sequence[socket.socket]) -> None:
    for connection in sockets:
        connection.close()


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise DoorError(f"{count} open files are needed, and this process may open {hard}; see: ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
