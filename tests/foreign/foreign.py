"""What tests know of the stack that they attach to."""

import json
import ssl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.foreign import monitoring, storage
from tests.foreign.names import Names


@dataclass(frozen=True)
class Api:
    """Prometheus or Alertmanager: behind TLS, a password and a path."""

    url: str
    """With the path, without a slash at the end."""
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Page:
    """A notification, as the independent webhook saw it."""

    at: float
    """When it arrived, in seconds since the epoch."""
    receiver: str
    body: dict[str, Any]
    """As Alertmanager sent it."""

    @property
    def alerts(self) -> dict[str, str]:
        """The alerts that it tells of, each with its status: `firing` or `resolved`."""
        return {one["labels"]["alertname"]: one["status"] for one in self.body["alerts"]}


@dataclass(frozen=True)
class Foreign:
    """A running stack. Its repr has the seed that builds it again, and no secret."""

    seed: int
    folder: Path
    names: Names = field(repr=False)
    ca: Path = field(repr=False)
    interval_s: int
    """Of scrapes and of rule evaluations."""
    supervisor: int
    """The process id of the parent of every server."""

    @property
    def prometheus(self) -> Api:
        return self._api(self.names.ports.prometheus, self.names.paths.prometheus)

    @property
    def alertmanager(self) -> Api:
        return self._api(self.names.ports.alertmanager, self.names.paths.alertmanager)

    def _api(self, port: int, path: str) -> Api:
        return Api(f"https://127.0.0.1:{port}{path}", self.names.web_user, self.names.secrets.web)

    def ask(self, api: Api, path: str) -> Any:
        """What an API answers to a `GET`: the value of its JSON."""
        return self._send("GET", api, path).json()

    def targets(self) -> dict[str, set[str]]:
        """The health of each job's scrape targets: `up`, `down`, or `unknown` before the first scrape."""
        found: dict[str, set[str]] = {}
        for target in self.ask(self.prometheus, "/api/v1/targets")["data"]["activeTargets"]:
            found.setdefault(target["labels"]["job"], set()).add(target["health"])
        return found

    def reload(self, api: Api) -> None:
        """Have it read its files again: what is wrong in them is an error here."""
        self._send("POST", api, "/-/reload")

    def silences(self) -> list[dict[str, Any]]:
        """Alertmanager's that last."""
        every: list[dict[str, Any]] = self.ask(self.alertmanager, "/api/v2/silences")
        return [one for one in every if one["status"]["state"] == "active"]

    def silence(self, silence: dict[str, Any]) -> None:
        """Have Alertmanager silence what this says, in the words of its API."""
        self._send("POST", self.alertmanager, "/api/v2/silences", silence)

    def end_silences(self) -> None:
        """All of them."""
        for one in self.silences():
            self._send("DELETE", self.alertmanager, f"/api/v2/silence/{one['id']}")

    def _send(self, method: str, api: Api, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        trusted = ssl.create_default_context(cafile=self.ca)
        known = (api.user, api.password)
        answer = httpx.request(method, f"{api.url}{path}", auth=known, verify=trusted, json=body, timeout=10)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    @property
    def grafana_url(self) -> str:
        """Dashboards, with the bearer token `names.secrets.grafana`."""
        return f"http://127.0.0.1:{self.names.ports.grafana}"

    @property
    def shop_url(self) -> str:
        """What the traffic asks; `/healthz` says which environment it is."""
        return f"http://127.0.0.1:{self.names.ports.shop}"

    @property
    def pay_url(self) -> str:
        """Its `/admin/fail`, `/admin/heal` and `/admin/state` take the bearer token `names.secrets.pay_admin`."""
        return f"http://127.0.0.1:{self.names.ports.pay}"

    @property
    def dsn(self) -> str:
        """The shop's database, straight and as an administrator."""
        return storage.owner_dsn(self.names, self.names.storage.database)

    @property
    def redis_url(self) -> str:
        return storage.redis_url(self.names)

    @property
    def files(self) -> monitoring.Files:
        """What Prometheus and Alertmanager read; after a change, `reload` them."""
        return monitoring.files(self.folder)

    @property
    def dashboards(self) -> Path:
        return self.folder / "dashboards"

    @property
    def up(self) -> Path:
        """`up NAME` starts a server and waits until it answers."""
        return self.folder / "up"

    @property
    def down(self) -> Path:
        """`down NAME` kills a server, which stays down."""
        return self.folder / "down"

    @property
    def is_down(self) -> Path:
        """`is-down NAME` exits 0 while nobody answers at the server's port, 1 while somebody does."""
        return self.folder / "is-down"

    @property
    def servers(self) -> tuple[str, ...]:
        """The names that the three take."""
        return tuple(sorted(path.name for path in (self.folder / "pids").iterdir()))

    def pid(self, server: str) -> int:
        """The server's process id; another one after each start."""
        return int((self.folder / "pids" / server).read_text())

    def run(self, script: Path, server: str) -> int:
        """The exit code of one of the three."""
        return subprocess.run([script, server], timeout=60, check=False).returncode

    def pages(self) -> list[Page]:
        """What the independent webhook has seen so far, in order."""
        seen = self.folder / "pages.jsonl"
        if not seen.exists():
            return []
        whole = seen.read_text(encoding="utf-8").rpartition("\n")[0]
        return [Page(**json.loads(line)) for line in whole.splitlines()]
