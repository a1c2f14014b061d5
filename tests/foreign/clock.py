"""A server whose clock is wrong, as whoever asks it sees: a proxy before it that tells every moment so much later."""

import datetime as dt
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.foreign.foreign import Foreign

MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
NEVER = "0001-01-01T00:00:00Z"
SINCE_2001 = 1e9
"""Seconds: a number that is larger, and the first of two, is when a sample was taken."""
PASSED_ON = ("authorization", "content-type", "accept")


@contextmanager
def with_clock(foreign: Foreign, port: int, ahead: float) -> Iterator[int]:
    """The port of that proxy, with the certificate of the server at `port`."""

    class Wrong(_Proxy):
        behind = f"https://127.0.0.1:{port}"
        asking = httpx.Client(verify=ssl.create_default_context(cafile=foreign.ca), timeout=30)
        seconds = ahead

    server = ThreadingHTTPServer(("127.0.0.1", 0), Wrong)
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(foreign.ca.with_name("server.pem"), foreign.ca.with_name("server.key"))
    server.socket = secured.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        Wrong.asking.close()


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind: str
    asking: httpx.Client
    seconds: float

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def do_DELETE(self) -> None:
        self._pass_on()

    def date_time_string(self, timestamp: float | None = None) -> str:
        moment = dt.datetime.now(dt.UTC).timestamp() if timestamp is None else timestamp
        return formatdate(moment + self.seconds, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        answer = self.asking.request(self.command, f"{self.behind}{self.path}", headers=headers, content=body)
        content = self._told(answer)
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("content-type", "text/plain"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _told(self, answer: httpx.Response) -> bytes:
        if self.command != "GET" or "json" not in answer.headers.get("content-type", ""):
            return answer.content
        tree = later(answer.json(), self.seconds)
        if parse_qs(urlsplit(self.path).query).get("query") == ["time()"]:
            moment, value = tree["data"]["result"]
            tree["data"]["result"] = [moment, str(float(value) + self.seconds)]
        return json.dumps(tree).encode()


def later(said: Any, seconds: float) -> Any:
    """An answer in which every moment is so much later."""
    if isinstance(said, dict):
        return {key: later(value, seconds) for key, value in said.items()}
    if isinstance(said, list):
        if len(said) == 2 and isinstance(said[0], int | float) and said[0] > SINCE_2001:
            return [said[0] + seconds, said[1]]
        return [later(one, seconds) for one in said]
    if isinstance(said, str) and MOMENT.match(said) and said != NEVER:
        return (dt.datetime.fromisoformat(said) + dt.timedelta(seconds=seconds)).isoformat()
    return said
