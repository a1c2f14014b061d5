"""A tiny ERPGo over real HTTP: enough for the personas, and it remembers what it was asked."""

import contextlib
import itertools
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "Shopper-Passw0rd!"
PRODUCTS = [{"id": f"p-{n}", "name": f"Sturdy Lamp {n}", "price": "9.99"} for n in range(30)]


@dataclass
class SmallShop:
    """The server's address and what happened there."""

    url: str
    asked: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """(method, path with ids replaced, status) -> requests."""
    addresses: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    """Idempotency key -> times that an order was asked for under it."""
    hangs_up: bool = False
    """On whoever asks for an order for the first time: whether it was taken, they cannot know."""
    elsewhere: str = ""
    """The address of a shop to which it sends everybody on."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, method: str, path: str) -> int:
        return sum(n for (asked, at, _), n in self.asked.items() if (asked, at) == (method, path))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write an answer: two would meet Nagle and delayed acknowledgement, 40 ms each
    shop: SmallShop
    revoked: set[str]
    numbers = itertools.count()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # a load generator that is killed hangs up
            super().handle()

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        path = urlsplit(self.path).path.removeprefix("/api/v1")
        if (method, path) == ("POST", "/orders") and self._hangs_up(self.headers["Idempotency-Key"]):
            self.close_connection = True
            return
        status, content = self._respond(method, path, body)
        sent_on = self.shop.elsewhere and path != "/health"
        status = 307 if sent_on else status
        with self.shop.lock:
            self.shop.asked[method, self._template(path), status] += 1
            self.shop.addresses[self.headers.get("X-Forwarded-For", "")] += 1
        encoded = json.dumps(content).encode()
        self.send_response(status)
        if sent_on:
            self.send_header("Location", f"{self.shop.elsewhere}{self.path}")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def _hangs_up(self, key: str) -> bool:
        with self.shop.lock:
            self.shop.keys[key] += 1
            return self.shop.hangs_up and self.shop.keys[key] == 1

    def _template(self, path: str) -> str:
        parts = path.split("/")
        if len(parts) > 2 and (parts[2].startswith(("p-", "o-"))):
            parts[2] = "{id}"
        return "/".join(parts)

    def _respond(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/health":
            return 200, {"service": "erpgo-api"}
        if path == "/auth/login":
            return self._log_in(body)
        if path == "/auth/refresh":
            return 200, {
                "access_token": f"t-{next(self.numbers)}",
                "refresh_token": "r",
                "expires_in": 86_400,
            }
        if path.startswith("/products"):
            return 200, {"products": PRODUCTS} if not path.startswith("/products/p-") else PRODUCTS[0]
        token = self.headers.get("Authorization", "")
        if not token or token in self.revoked:
            return 401, {"code": "token_invalid"}
        if path == "/auth/logout":
            self.revoked.add(token)
        return (201 if (method, path) == ("POST", "/orders") else 200), {"id": "o-1"}

    def _log_in(self, body: dict[str, Any]) -> tuple[int, Any]:
        email, password = body["email"], body["password"]
        if email.startswith("shopper-") and password == PASSWORD:
            token = f"t-{next(self.numbers)}"
            return 200, {
                "access_token": token,
                "refresh_token": "r",
                "expires_in": 86_400,
                "user": {"id": "u-1"},
            }
        return 401, {"code": "invalid_credentials"}


def open_shop() -> tuple[SmallShop, ThreadingHTTPServer]:
    """A shop that serves on a free port until its server is shut down."""

    class OneShop(Handler):
        """Each shop remembers for itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), OneShop)
    server.daemon_threads = True
    shop = SmallShop(f"http://127.0.0.1:{server.server_port}")
    OneShop.shop, OneShop.revoked = shop, set()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return shop, server
