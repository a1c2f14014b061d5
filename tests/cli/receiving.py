"""`simulator receiver` as somebody starts it from a terminal."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from simulator.doors.endpoint import Certificates
from tests.checkout import ROOT

ANY_PORT = ("--listen", "127.0.0.1:0")


@dataclass(frozen=True)
class Receiving:
    """One that listens, and what it said: for people, and for Alertmanager's configuration."""

    process: subprocess.Popen[str]
    url: str
    said: str
    snippet: str
    store: Path
    certificates: Certificates

    @property
    def token(self) -> str:
        """The one that it made."""
        return (self.store / "token").read_text().strip()

    def client(self, token: str | None = None) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token if token is None else token}"},
            verify=self.certificates.context() if self.url.startswith("https:") else True,
            timeout=30,
            trust_env=False,
        )

    def page(self, http: httpx.Client, *names: str, summary: str = "it is down") -> httpx.Response:
        alerts = [alert(name, summary) for name in names]
        return http.post("/api/v1/webhook/team-a", json={"version": "4", "alerts": alerts})

    def stored(self) -> list[dict[str, Any]]:
        """Every line on its disk, oldest first."""
        files = (self.store / "notifications.before.jsonl", self.store / "notifications.jsonl")
        content = b"".join(file.read_bytes() for file in files if file.exists())
        assert content.endswith(b"\n"), "a line is torn"
        return [json.loads(line) for line in content.split(b"\n")[:-1]]

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code, and what it wrote to stderr."""
        self.process.send_signal(by)
        _, complaint = self.process.communicate(timeout=60)
        return self.process.returncode, complaint


def alert(name: str, summary: str = "it is down") -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": name, "severity": "page"},
        "annotations": {"summary": summary},
        "startsAt": "2026-01-02T03:04:05Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"print-{name}",
    }


@contextmanager
def receiving(
    store: Path, *options: str, ca: Path | None = None, token: str | None = None
) -> Iterator[Receiving]:
    """Until the block ends, and killed then if it is still there; `token` is in its environment as RECV."""
    told = {} if token is None else {"RECV": token}
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.cli", "receiver", *ANY_PORT, "--store", str(store), *options],
        cwd=ROOT,
        env={**os.environ, **told},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("listening on "), process.communicate(timeout=60)
        said = "".join((first, *iter(process.stdout.readline, "\n")))
        snippet = "".join(iter(process.stdout.readline, "\n"))
        url = first.removeprefix("listening on ").partition(";")[0]
        yield Receiving(process, url, said, snippet, store, Certificates(ca=ca))
    finally:
        process.kill()
        process.communicate()
