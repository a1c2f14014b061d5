"""A network that is slow between somebody and a server."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 65_536
"""Bytes."""


@contextmanager
def slowed(port: int, delay: float) -> Iterator[int]:
    """The port of a relay to another one on loopback, which answers so many seconds later."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = _Relay(port, delay)
        thread = threading.Thread(target=relay.serve, args=(server,))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            relay.over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


class _Relay:
    """Two threads a connection, which end with it."""

    def __init__(self, port: int, delay: float) -> None:
        self.over = threading.Event()
        self._port = port
        self._delay = delay

    def serve(self, server: socket.socket) -> None:
        with suppress(OSError):  # it is shut down in the end
            while True:
                caller, _ = server.accept()
                answering = socket.create_connection(("127.0.0.1", self._port))
                for one, other, delay in ((caller, answering, 0.0), (answering, caller, self._delay)):
                    threading.Thread(target=self._pass_on, args=(one, other, delay), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, delay: float) -> None:
        with suppress(OSError):  # the other direction has ended
            while piece := one.recv(PIECE):
                self.over.wait(delay)
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        one.close()
