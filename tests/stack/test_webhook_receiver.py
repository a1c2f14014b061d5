"""The receiver's contract, against the real program."""

import asyncio
import datetime as dt
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from simulator.receiver.alerts import Alert, notification
from simulator.receiver.app import LARGEST_PAYLOAD_BYTES
from simulator.receiver.store import Store
from tests.stack.waiting import eventually

TOKEN = "kept-in-a-file"


class Running:
    """A receiver process on a free port."""

    def __init__(self, store: Path) -> None:
        token = store.with_name("token")
        token.write_text(f"{TOKEN}\n")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "simulator.receiver", "--port", str(port), "--store", str(store)),
                *("--token-file", str(token)),
            ]
        )
        self.url = f"http://127.0.0.1:{port}"
        told = {"Authorization": f"Bearer {TOKEN}"}
        self.http = httpx.Client(base_url=self.url, headers=told, timeout=10)
        eventually("the receiver answers", self.answers)

    def answers(self) -> bool:
        try:
            return self.http.get("/health").is_success
        except httpx.TransportError:
            assert self.process.poll() is None
            return False

    def page(self, *alerts: dict[str, Any], route: str = "critical") -> httpx.Response:
        return self.http.post(f"/api/v1/webhook/{route}", json={"version": "4", "alerts": list(alerts)})

    def after(self, seq: int, wait: float = 0) -> list[dict[str, Any]]:
        answer = self.http.get("/api/v1/notifications", params={"after": seq, "wait": wait})
        notifications: list[dict[str, Any]] = answer.json()["notifications"]
        return notifications

    def kill(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "notifications.jsonl"


@pytest.fixture
def receiver(store: Path) -> Iterator[Running]:
    running = Running(store)
    yield running
    running.kill()


def alert(name: str, status: str = "firing", **more: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "severity": "critical"},
        "annotations": {"summary": "it is down"},
        "startsAt": "2026-01-02T04:04:05.123456789+01:00",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": f"print-{name}",
    } | more


def test_each_alert_of_a_payload_is_one_line_on_disk_before_the_answer(
    receiver: Running, store: Path
) -> None:
    assert receiver.page(alert("ApplicationDown"), alert("RedisDown", status="resolved")).status_code == 200
    down, redis = [json.loads(line) for line in store.read_text().splitlines()]
    assert (down["seq"], redis["seq"]) == (1, 2)
    assert (down["alertname"], down["status"], down["route"]) == ("ApplicationDown", "firing", "critical")
    assert down["startsAt"] == "2026-01-02T03:04:05.123456+00:00"
    assert down["fingerprint"] == "print-ApplicationDown"
    assert redis["status"] == "resolved"
    assert receiver.after(0) == [down, redis]
    assert receiver.after(1) == [redis]


def test_numbers_go_on_after_a_restart_and_a_torn_last_line_is_left_out(store: Path) -> None:
    first = Running(store)
    first.page(alert("ApplicationDown"))
    first.kill()
    with store.open("a") as file:
        file.write('{"seq": 2, "received_at": "20')
    second = Running(store)
    second.page(alert("RedisDown"))
    assert [(one["seq"], one["alertname"]) for one in second.after(0)] == [
        (1, "ApplicationDown"),
        (2, "RedisDown"),
    ]
    second.kill()
    third = Running(store)
    assert [one["seq"] for one in third.after(0)] == [1, 2]
    third.kill()


def test_a_long_poll_ends_with_the_first_newer_notification(receiver: Running) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(receiver.after, 0, 20)
        receiver.page(alert("ApplicationDown"))
        assert [one["alertname"] for one in waiting.result(timeout=10)] == ["ApplicationDown"]


def test_a_long_poll_without_news_ends_empty_in_time(receiver: Running) -> None:
    began = time.monotonic()
    assert receiver.after(0, wait=0.3) == []
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"junk",
        b"[]",
        b'{"version": "3", "alerts": []}',
        b'{"version": "4", "alerts": []}',
        b'{"version": "4", "alerts": [{"status": "perhaps"}]}',
        b" " * (LARGEST_PAYLOAD_BYTES + 1),
    ],
)
def test_a_bad_payload_is_400_with_a_reason_and_stores_nothing(receiver: Running, body: bytes) -> None:
    answer = receiver.http.post("/api/v1/webhook/critical", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert receiver.after(0) == []


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait=31", "wait=-1", "wait=nan", "when=now"])
def test_a_bad_poll_is_400(receiver: Running, query: str) -> None:
    assert receiver.http.get(f"/api/v1/notifications?{query}").status_code == 400


@pytest.mark.parametrize(
    "route", ["critical", "Team_A", "team-a/pager", "On call (EU) #1", "a.b", "zwölf", "100%", "x" * 200]
)
def test_a_route_is_called_what_a_receiver_of_alertmanager_is(receiver: Running, route: str) -> None:
    assert receiver.page(alert("ApplicationDown"), route=quote(route, safe="")).status_code == 200
    assert [one["route"] for one in receiver.after(0)] == [route]


@pytest.mark.parametrize("route", ["", "%20", "critical/", "%2Fcritical", " a", "a%09b", "a%00b", "x" * 201])
def test_a_bad_route_is_400_and_stores_nothing(receiver: Running, route: str) -> None:
    answer = receiver.page(alert("ApplicationDown"), route=route)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("route: ")
    assert receiver.after(0) == []


def test_pages_of_the_dead_mans_switch_are_counted_and_not_stored(receiver: Running, store: Path) -> None:
    for _ in range(3):
        assert receiver.page(alert("DeadMansSwitch"), route="none").status_code == 200
    assert store.read_text() == ""
    assert receiver.http.get("/health").json()["dead_mans_switch_pages"] == 3


def test_its_own_metrics_and_clock(receiver: Running) -> None:
    receiver.page(alert("ApplicationDown"))
    receiver.http.post("/api/v1/webhook/critical", content=b"junk")
    metrics = receiver.http.get("/metrics").text
    assert 'simulator_receiver_notifications_total{status="firing"} 1.0' in metrics
    assert 'simulator_receiver_notifications_total{status="resolved"} 0.0' in metrics
    assert "simulator_receiver_refused_total 1.0" in metrics
    assert receiver.http.get("/api/v1/time").json()["now"].endswith("+00:00")


def test_what_a_full_disk_does_not_take_is_shown_to_nobody(store: Path) -> None:
    page = notification(
        1, "critical", Alert.model_validate(alert("ApplicationDown")), dt.datetime.now(dt.UTC)
    )
    kept = Store(store)
    kept._file.close()
    with Path("/dev/full").open("wb", buffering=0) as full:
        kept._file = full
        with pytest.raises(OSError, match="No space left"):
            asyncio.run(kept.append([page]))
    assert kept.after(0) == []
    assert kept.next_seq == 1
