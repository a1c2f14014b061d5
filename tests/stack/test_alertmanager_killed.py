"""An Alertmanager that was killed tells of the next alert, whatever it had told of before."""

import datetime as dt
import os
import signal
import time

import httpx
import pytest

from stack.supervisor.client import Connection
from stack.supervisor.protocol import StackInfo
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

    def says(self, *, firing: bool) -> None:
        """What a Prometheus would post."""
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(hours=firing)
        alert = {"labels": LABELS, "endsAt": ends.isoformat()}
        httpx.post(f"{self._alertmanager}/api/v2/alerts", json=[alert]).raise_for_status()

    def told(self, *expected: str) -> None:
        """Wait until these pages of the alert, and no others, have come."""
        eventually(f"pages: {expected}", lambda: self._pages() == list(expected))

    def _pages(self) -> list[str]:
        try:
            answer = httpx.get(f"{self._stack.url('receiver')}/api/v1/notifications", headers=self._headers)
        except httpx.TransportError:  # on its way back from the test before
            return []
        pages = answer.raise_for_status().json()["notifications"]
        return [page["status"] for page in pages if page["alertname"] == ALERT]

    def ends_cleanly(self) -> None:
        """It writes down what it has told of, and is started again."""
        pid = self._pid()
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        eventually("another process", lambda: self._pid() not in {pid, None})
        self.is_ready()

    def is_killed(self) -> None:
        self._connection.hold("alertmanager", "killed", "a test", lease_s=600)
        self._connection.release("a test")
        self.is_ready()

    def is_ready(self) -> None:
        eventually("Alertmanager is ready", self._is_ready)

    def is_written_down(self) -> None:
        """What has happened so far is on disk."""
        log, now = self._stack.folder / "stack" / "data" / "alertmanager" / "nflog", time.time()
        eventually("a newer notification log", lambda: log.stat().st_mtime > now)

    def _pid(self) -> int | None:
        return self._connection.status().services["alertmanager"].pid

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self._alertmanager}/-/ready").is_success
        except httpx.TransportError:
            return False


def test_the_next_page_comes_although_it_was_killed_after_it_had_told_of_the_last(stack: StackInfo) -> None:
    with Connection(stack) as connection:
        alerting = Alerting(stack, connection)
        alerting.is_ready()
        alerting.says(firing=True)
        alerting.told("firing")
        alerting.ends_cleanly()  # on disk it is still firing
        alerting.says(firing=False)
        alerting.told("firing", "resolved")
        alerting.is_written_down()
        alerting.is_killed()
        alerting.says(firing=True)
        alerting.told("firing", "resolved", "firing")
        alerting.says(firing=False)
