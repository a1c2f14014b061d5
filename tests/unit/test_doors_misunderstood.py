"""An answer that is JSON and yet not what was asked for: the door's own error, and no other."""

import http.server
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest
from docker.errors import APIError

from simulator.base.errors import DoorError
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.docker import _words
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.erpgo.door import Erpgo
from tests.fakes.clock import FakeClock

ANSWERS = (
    b"[]",
    b"{}",
    b"null",
    b"7",
    b'"text"',
    b"[null]",
    b'[{"labels": 1}]',
    b'{"data": null}',
    b'{"data": {"alerts": [{}], "groups": [{"rules": [{}]}], "activeTargets": [1], "result": [[]]}}',
    b'{"data": {"resultType": "vector", "result": [{"metric": {}, "value": ["now", "much"]}]}}',
    b'{"notifications": [{"seq": "first"}], "now": "soon", "config": [], "owners": 3}',
)


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers everything with what stands last in the list."""
    said = [b""]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(said[-1])))
            self.end_headers()
            self.wfile.write(said[-1])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}", said
        serving.shutdown()
        thread.join()


async def test_every_question_is_misunderstood_as_a_door_error(
    server: tuple[str, list[bytes]],
) -> None:
    url, said = server
    prometheus, alertmanager = Prometheus(url), Alertmanager(url)
    receiver, erpgo = Receiver(url, lambda: "a token"), Erpgo(url, "a token", FakeClock())
    questions: list[Callable[[], Awaitable[object]]] = [
        prometheus.alerts,
        prometheus.rules,
        prometheus.targets,
        lambda: prometheus.query("up"),
        prometheus.clock,
        alertmanager.configuration,
        lambda: receiver.notifications(0, 0.0),
        receiver.clock,
        erpgo.harms,
    ]
    for answer in ANSWERS:
        said.append(answer)
        for ask in questions:
            with pytest.raises(DoorError, match="is not understood"):
                await ask()
    for door in (prometheus, alertmanager, receiver, erpgo):
        await door.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "TimeoutError"),
        (ConnectionResetError(" \n"), "ConnectionResetError"),
        (OSError(111, "Connection refused"), "[Errno 111] Connection refused"),
        (APIError("500 Server Error", explanation="first\nat last "), "at last"),
        (APIError("500 Server Error", explanation=""), "500 Server Error"),
    ],
)
def test_an_error_of_the_engine_that_says_nothing_is_known_by_its_kind(error: Exception, words: str) -> None:
    assert _words(error) == words
