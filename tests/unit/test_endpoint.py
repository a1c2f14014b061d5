"""An API behind a path, credentials and certificates, asked for real."""

import base64
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.base.errors import BadInput, DoorError
from simulator.doors.endpoint import Certificates, Endpoint
from simulator.doors.http import JsonClient
from tests.certificates import self_signed


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and the certificate that it has signed itself, in one file."""
    return self_signed(tmp_path_factory.mktemp("certificate")).both


@contextmanager
def mirror(secured: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that answers with the path and the headers it was asked with; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.dumps({"path": self.path, **headers}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if secured is not None:
            server.socket = secured.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def server_side(certificate: Path, *, asks_for_ours: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificate))
    context.load_cert_chain(str(certificate))
    context.verify_mode = ssl.CERT_REQUIRED if asks_for_ours else ssl.CERT_NONE
    return context


async def asked(at: Endpoint, path: str = "/api/v1/query") -> dict[str, str]:
    client = JsonClient("Prometheus", at)
    try:
        answer: dict[str, str] = await client.get(path)
    finally:
        await client.close()
    return answer


@pytest.mark.parametrize("below", ["/prometheus", "/prometheus/", "/a/b"])
async def test_an_api_may_be_served_below_a_path(below: str) -> None:
    with mirror() as host:
        answer = await asked(Endpoint(f"http://{host}{below}"))
    assert answer["path"] == f"{below.rstrip('/')}/api/v1/query"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"user": "ops", "password": "p/ä:@%"}, "Basic " + base64.b64encode("ops:p/ä:@%".encode()).decode()),
        ({"bearer": "a.b-c"}, "Bearer a.b-c"),
        ({}, None),
    ],
)
async def test_credentials_are_sent_and_never_shown(given: dict[str, str], sent: str | None) -> None:
    with mirror() as host:
        at = Endpoint(f"http://{host}", **given)  # type: ignore[arg-type]  # texts all
        answer = await asked(at)
    assert answer.get("authorization") == sent
    assert not [value for name, value in given.items() if name != "user" and value in repr(at)]


async def test_headers_go_with_every_request() -> None:
    with mirror() as host:
        answer = await asked(Endpoint(f"http://{host}", headers=(("X-Scope-OrgID", "staging"),)))
    assert answer["x-scope-orgid"] == "staging"


async def test_a_server_is_believed_by_its_own_authority_only(certificate: Path) -> None:
    with mirror(server_side(certificate)) as host:
        answer = await asked(Endpoint(f"https://{host}", certificates=Certificates(ca=certificate)))
        assert answer["path"] == "/api/v1/query"
        with pytest.raises(
            DoorError, match=r"Prometheus did not answer: ConnectError .*CERTIFICATE_VERIFY_FAILED"
        ):
            await asked(Endpoint(f"https://{host}"))


async def test_a_server_may_ask_for_a_certificate_of_ours(certificate: Path) -> None:
    with mirror(server_side(certificate, asks_for_ours=True)) as host:
        with pytest.raises(DoorError, match="Prometheus did not answer"):
            await asked(Endpoint(f"https://{host}", certificates=Certificates(ca=certificate)))
        ours = Certificates(ca=certificate, cert=certificate)
        answer = await asked(Endpoint(f"https://{host}", certificates=ours))
    assert answer["path"] == "/api/v1/query"


def test_certificates_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    missing, empty = tmp_path / "none.pem", tmp_path / "empty.pem"
    empty.write_text("nothing of that kind\n")
    for ca in (missing, empty):
        with pytest.raises(BadInput, match=rf"certificates cannot be used \(.*{ca.name}\): "):
            JsonClient("Prometheus", Endpoint("https://127.0.0.1:9", certificates=Certificates(ca=ca)))
