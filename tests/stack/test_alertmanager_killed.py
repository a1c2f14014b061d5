"""An Alertmanager that was killed tells of the next alert, whatever it had told of before."""

import datetime as dt
import os
import signal
import time

import httpx
import pytest

from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from tests.stack.waiting import eventually

pytestmark = pytest.mark.stack

ALERT = "AlertOfATest"
LABELS = {"alertname": ALERT, "severity": "critical", "family": "a-test", "service": "a-test"}


class Alerting:
    """The way from Alertmanager to the receiver, without any Prometheus."""

    def __init__(self, stack: StackInfo, connection: Connection) -> None:
        self._stack = stack
        self._connection = connection
        self._alertmanager = stack.url("alertmanager")
        assert stack.receiver_token_file is not None
        self._headers = {"Authorization": f"Bearer {stack.receiver_token_file.read_text().strip()}"}

    def post(self, *, firing: bool) -> None:
        """Tell Alertmanager what a Prometheus would."""
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(hours=firing)
        alert = {"labels": LABELS, "endsAt": ends.isoformat()}
        httpx.post(f"{self._alertmanager}/api/v2/alerts", json=[alert]).raise_for_status()

    def await_pages(self, *expected: str) -> None:
        """Wait until these pages of the alert, and no others, have come."""
        eventually(f"pages: {expected}", lambda: self._pages() == list(expected))

    def _pages(self) -> list[str]:
        try:
            answer = httpx.get(f"{self._stack.url('receiver')}/api/v1/notifications", headers=self._headers)
        except httpx.TransportError:  # on its way back from the test before
            return []
        pages = answer.raise_for_status().json()["notifications"]
        return [page["status"] for page in pages if page["alertname"] == ALERT]

    def end_cleanly(self) -> None:
        """End it as its owner would: it writes down what it has told of, and is started again."""
        pid = self._pid()
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        eventually("another process", lambda: self._pid() not in {pid, None})
        self.await_ready()

    def kill(self) -> None:
        self._connection.hold("alertmanager", "killed", "a test", lease_s=600)
        self._connection.release("a test")
        self.await_ready()

    def await_ready(self) -> None:
        eventually("Alertmanager is ready", self._answers)

    def await_snapshot(self) -> None:
        """Wait until what has happened so far is on disk."""
        log, now = self._stack.folder / "stack" / "data" / "alertmanager" / "nflog", time.time()
        eventually("a newer notification log", lambda: log.stat().st_mtime > now)

    def _pid(self) -> int | None:
        return self._connection.status().services["alertmanager"].pid

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self._alertmanager}/-/ready").is_success
        except httpx.TransportError:
            return False


def test_the_next_page_comes_although_it_was_killed_after_it_had_told_of_the_last(stack: StackInfo) -> None:
    with Connection(stack) as connection:
        alerting = Alerting(stack, connection)
        alerting.await_ready()
        alerting.post(firing=True)
        alerting.await_pages("firing")
        alerting.end_cleanly()  # on disk it is still firing
        alerting.post(firing=False)
        alerting.await_pages("firing", "resolved")
        alerting.await_snapshot()
        alerting.kill()
        alerting.post(firing=True)
        alerting.await_pages("firing", "resolved", "firing")
        alerting.post(firing=False)
