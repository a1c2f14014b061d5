"""The receiver as a process: its socket, TLS, and its end."""

import signal
import socket
import ssl
from collections.abc import Callable

import uvicorn

from simulator.receiver.app import Receiver

_ENDS_WITHIN_S = 1
"""Whoever has not been answered by then, because it does not read, gets no answer."""


def serve(
    receiver: Receiver, listening: socket.socket, secured: ssl.SSLContext | None, announce: Callable[[], None]
) -> None:
    """Answer on a socket until SIGTERM or SIGINT, and return at once then; `announce` is called when it answers."""
    config = uvicorn.Config(
        receiver.app(),
        log_level="warning",
        timeout_graceful_shutdown=_ENDS_WITHIN_S,
        ssl_context_factory=None if secured is None else lambda _config, _default: secured,
    )
    server = _Server(config, receiver, announce)
    for number in (signal.SIGTERM, signal.SIGINT):
        # The server has this handler by itself, but raises the signal again for the handler of before, when it has ended.
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listening])


class _Server(uvicorn.Server):
    """Says when it begins, and in the end waits for nobody who waits for news."""

    def __init__(self, config: uvicorn.Config, receiver: Receiver, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._receiver = receiver
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._receiver.end_polls()
        await super().shutdown(sockets)
