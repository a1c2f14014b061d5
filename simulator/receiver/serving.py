"""The receiver as a process: its signals, its sockets, TLS."""

import signal
import socket
import ssl
import sys

import uvicorn

from simulator.receiver.app import Receiver

_ENDS_WITHIN_S = 1
"""Whoever has not been answered by then, because it does not read, gets no answer."""


def serve(receiver: Receiver, listening: socket.socket, secured: ssl.SSLContext | None) -> None:
    """Answer on a socket until SIGTERM or SIGINT; then leave with 0, at once.

    Raises:
        SystemExit: always; it is how a signal ends a process from within.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(
            number, _leave
        )  # before the server has its own handlers; and it raises the signal again after
    config = uvicorn.Config(
        receiver.app(),
        log_level="warning",
        timeout_graceful_shutdown=_ENDS_WITHIN_S,
        ssl_context_factory=None if secured is None else lambda _config, _default: secured,
    )
    _Server(config, receiver).run(sockets=[listening])
    sys.exit(1)  # its own reason is on stderr


class _Server(uvicorn.Server):
    """Waits for nobody who waits for news."""

    def __init__(self, config: uvicorn.Config, receiver: Receiver) -> None:
        super().__init__(config)
        self._receiver = receiver

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._receiver.end_polls()
        await super().shutdown(sockets)


def _leave(_number: int, _frame: object) -> None:
    sys.exit(0)
