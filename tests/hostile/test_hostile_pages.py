"""Webhook bodies and polls that anybody may send: 4xx with a reason, nothing stored, and the receiver goes on."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message

from simulator.receiver.app import LARGEST_PAYLOAD_BYTES, Receiver
from simulator.receiver.doorkeeper import Callers
from simulator.receiver.store import Store
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import RAW, STRANGE, documents, one_of_texts

ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "ApplicationDown", "severity": "critical"},
    "annotations": {"summary": "it is down"},
    "startsAt": "2026-01-02T04:04:05.123456789+01:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus/graph",
    "fingerprint": "f",
}
PAYLOAD = {"version": "4", "groupKey": "{}", "status": "firing", "alerts": [ALERT, ALERT]}
SWITCH = {"version": "4", "alerts": [{**ALERT, "labels": {"alertname": "DeadMansSwitch"}}]}
PATIENCE = 0.05


class Web:
    """The real application, spoken to as a server would, on one loop."""

    def __init__(self, app: ASGIApp, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def ask(
        self, method: str, path: str, *, query: bytes = b"", body: tuple[bytes, ...] = ()
    ) -> tuple[int, Any]:
        """The status, and the body as JSON; a body without an end is `...` never sent."""
        return self._runner.run(self._ask(method, path, query, list(body)))

    async def _ask(self, method: str, path: str, query: bytes, chunks: list[bytes]) -> tuple[int, Any]:
        sent: list[Message] = []

        async def receive() -> Message:
            if not chunks:
                await asyncio.Event().wait()
            chunk = chunks.pop(0)
            if chunk == GONE:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks) or chunk == STALLS}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": HEADERS}
        await self._app(
            {**scope, "http_version": "1.1", "raw_path": path.encode(errors="replace")}, receive, send
        )
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], json.loads(content) if content.startswith(b"{") else content


TOKEN = "a-token-of-this-test"
HEADERS = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {TOKEN}".encode())]
GONE = b"<gone>"
STALLS = b"<stalls>"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    store = Store(tmp_path / "notifications.jsonl")
    with asyncio.Runner() as runner:
        yield Web(Receiver(store, Callers(TOKEN), has_switch=True, patience_s=PATIENCE).app(), runner)
    store.close()


def assert_it_goes_on(web: Web) -> None:
    """Another page is taken, and readers get all there is."""
    assert web.ask("POST", "/api/v1/webhook/critical", body=(json.dumps(PAYLOAD).encode(),))[0] == 200
    status, answer = web.ask("GET", "/api/v1/notifications")
    assert status == 200
    assert answer["notifications"][-1]["alertname"] == "ApplicationDown"
    assert [one["seq"] for one in answer["notifications"]] == list(range(1, answer["last"] + 1))[-10_000:]
    assert all(dt.datetime.fromisoformat(one["startsAt"]).tzinfo for one in answer["notifications"])


@many(2000)
@given(documents(PAYLOAD, SWITCH))
def test_bodies(attempts: Attempts, web: Web, body: bytes) -> None:
    before = web.ask("GET", "/health")[1]["last"]
    with attempts.one():
        status, answer = web.ask("POST", "/api/v1/webhook/critical", body=(body,))
    stored = web.ask("GET", "/health")[1]["last"] - before
    if status == 200:
        assert stored <= answer["accepted"]  # but for the dead man's switch, which is counted
    else:
        assert (status, stored) == (400, 0)
        assert answer["error"]


def test_it_went_on(attempts: Attempts, web: Web) -> None:
    for text in (*STRANGE, *RAW):
        with attempts.one():
            web.ask("POST", "/api/v1/webhook/critical", body=(text.encode(errors="replace"),))
    assert_it_goes_on(web)


@many(300)
@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    st.sampled_from(("", "gone", "stalls")),
)
def test_bodies_in_pieces(attempts: Attempts, web: Web, pieces: list[bytes], end: str) -> None:
    content = json.dumps(PAYLOAD).encode()
    at = len(content) // 2
    last = {"": b"", "gone": GONE, "stalls": STALLS}[end]
    with attempts.one():
        status, answer = web.ask(
            "POST", "/api/v1/webhook/critical", body=(content[:at], *pieces, content[at:], last)
        )
    if end:
        assert status == 400
        assert "incomplete" in answer["error"]


def test_a_body_that_grows_is_not_kept(attempts: Attempts, web: Web) -> None:
    chunk = b" " * 65_536
    chunks = (chunk,) * (4 * LARGEST_PAYLOAD_BYTES // len(chunk))
    with attempts.one():
        status, answer = web.ask("POST", "/api/v1/webhook/critical", body=chunks)
    assert (status, answer["error"]) == (400, f"the payload is larger than {LARGEST_PAYLOAD_BYTES} bytes")
    assert_it_goes_on(web)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 1e300, "1e400", -1e15]
)
def test_moments_that_no_calendar_has_in_utc(attempts: Attempts, web: Web, moment: object) -> None:
    page = {**PAYLOAD, "alerts": [{**ALERT, "startsAt": moment}]}
    with attempts.one():
        status, answer = web.ask("POST", "/api/v1/webhook/critical", body=(json.dumps(page).encode(),))
    assert status == 400
    assert answer["error"].startswith("alerts.0.startsAt: ")
    assert_it_goes_on(web)


WORDS = st.one_of(st.text(max_size=20), one_of_texts(STRANGE))


@many(500)
@given(
    WORDS,
    st.sampled_from(("GET", "POST", "PUT", "HEAD", "BREW")),
    st.sampled_from(("/", "/api/v1/webhook/", "")),
)
def test_paths(attempts: Attempts, web: Web, word: str, method: str, under: str) -> None:
    with attempts.one():
        status, _ = web.ask(method, under + word, body=(b"{}",))
    assert 400 <= status < 500, (method, under + word)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_slash_at_the_end_leads_nowhere(web: Web, method: str) -> None:
    status, _ = web.ask(method, "/api/v1/webhook/critical/", body=(b"{}",))
    assert status == (400 if method == "POST" else 405)


@many(500)
@given(st.dictionaries(st.one_of(st.sampled_from(("after", "wait")), WORDS), WORDS, min_size=1, max_size=3))
def test_polls(attempts: Attempts, web: Web, asked: dict[str, str]) -> None:
    query = "&".join(
        f"{quote(key, errors='replace')}={quote(value, errors='replace')}" for key, value in asked.items()
    )
    with attempts.one():
        status, _ = web.ask("GET", "/api/v1/notifications", query=query.encode())
    assert status in (200, 400)


@many(300)
@given(st.lists(documents({**ALERT, "seq": 1}, {"seq": 2**70}), max_size=4))
def test_what_is_on_its_disk(attempts: Attempts, tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "stored.jsonl"
    path.write_bytes(b"\n".join(lines))
    with attempts.one():
        Store(path).close()
