"""A socket at which nobody should knock."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Listener:
    """Takes every connection, says nothing, and counts."""

    port: int
    knocks: list[str] = field(default_factory=list)


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """One at a free port of loopback, while the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(server.getsockname()[1])

        def accept() -> None:
            with contextlib.suppress(OSError):  # it is closed at the end
                while True:
                    caller, (host, port) = server.accept()
                    caller.close()
                    listener.knocks.append(f"{host}:{port}")

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
