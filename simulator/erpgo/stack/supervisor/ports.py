"""Ports that stay ours: reserved before a server binds them and while it is held down.

A socket that is bound but does not listen keeps the kernel from handing its port to anybody else, yet, with
SO_REUSEADDR on both sides, lets our server bind and listen. Callers see a refused connection, as with a dead server.
Two stacks could both make such a reservation of a documented port, so each also takes an abstract Unix socket
named after the port: atomic, per network namespace, and gone with its owner.
"""

import socket
from collections.abc import Mapping
from types import TracebackType

LOOPBACK = "127.0.0.1"


class Ports:
    """Reserved ports by service name; leaving the block gives all of them back."""

    def __init__(self, preferred: Mapping[str, int]) -> None:
        self._sockets: list[socket.socket] = []
        self._ports = {name: self._reserve(port) for name, port in preferred.items()}

    def __enter__(self) -> Mapping[str, int]:
        return self._ports

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for held in self._sockets:
            held.close()

    def _reserve(self, preferred: int) -> int:
        return self._reserve_documented(preferred) or self._reserve_free()

    def _reserve_documented(self, port: int) -> int | None:
        claim = socket.socket(socket.AF_UNIX)
        held = socket.socket()
        try:
            claim.bind(f"\0erpgo-simulator/port/{port}")
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind((LOOPBACK, port))
        except OSError:
            claim.close()
            held.close()
            return None
        self._sockets += [claim, held]
        return port

    def _reserve_free(self) -> int:
        held = socket.socket()
        held.bind((LOOPBACK, 0))
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # only now: the bind itself is exclusive
        self._sockets.append(held)
        port: int = held.getsockname()[1]
        return port
