"""Small servers that stand between two parts of the stack and are not what they should be."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


@contextmanager
def frozen_page(url: str) -> Iterator[str]:
    """A metrics page that stands still: what `url` said once, for ever. Yields its `host:port`."""
    body = httpx.get(url, timeout=10, trust_env=False).content

    class Handler(_Quiet):
        def do_GET(self) -> None:
            self.answer(200, body)

    with _serving(Handler) as address:
        yield address


@contextmanager
def refusing() -> Iterator[str]:
    """A receiver that answers every page with status 500. Yields its `host:port`."""

    class Handler(_Quiet):
        def do_POST(self) -> None:
            self.taken()
            self.answer(500, b"out of order")

    with _serving(Handler) as address:
        yield address


@contextmanager
def slow(url: str, seconds: float) -> Iterator[str]:
    """Hands every page on to a receiver, and to it alone, so many seconds late. Yields its `host:port`."""
    over = threading.Event()

    class Handler(_Quiet):
        def do_POST(self) -> None:
            body = self.taken()
            self.answer(200, b"{}")
            if not over.wait(seconds):
                told = {name: self.headers[name] for name in ("Content-Type", "Authorization")}
                httpx.post(f"{url}{self.path}", content=body, headers=told, timeout=10, trust_env=False)

    with _serving(Handler) as address:
        try:
            yield address
        finally:
            over.set()


class _Quiet(http.server.BaseHTTPRequestHandler):
    def taken(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _serving(handler: type[_Quiet]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
