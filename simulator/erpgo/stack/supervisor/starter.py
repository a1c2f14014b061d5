"""The supervisor's end of the starter's socket: progress, then readiness or the reason of failure."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable

from simulator.erpgo.stack.supervisor.protocol import StartFailed, StartProgress, StartReady, to_line

_SEND_WITHIN_S = 1.0


class Starter:
    """Whoever started the stack, until it is ready. A starter that goes away before wants no stack."""

    def __init__(self, inherited: int) -> None:
        connected = socket.socket(fileno=os.dup(inherited))
        connected.settimeout(_SEND_WITHIN_S)
        self._socket: socket.socket | None = connected
        self._unwatch: Callable[[], None] = lambda: None

    def watch(self, gone: Callable[[], None]) -> None:
        """Call `gone` when the starter closes its end (it sends nothing)."""
        if self._socket is None:
            return
        loop, number = asyncio.get_running_loop(), self._socket.fileno()

        def unwatch() -> None:
            loop.remove_reader(number)

        def closed() -> None:
            unwatch()
            gone()

        loop.add_reader(number, closed)
        self._unwatch = unwatch

    def tell(self, report: StartProgress | StartReady | StartFailed) -> None:
        """Send one report; a starter that does not read loses it."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # when it has gone away, `watch` notices
                self._socket.sendall(to_line(report))

    def close(self) -> None:
        """Nothing more to say."""
        self._unwatch()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
