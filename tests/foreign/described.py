"""The foreign stack as its owner describes it in an environment file, and our receiver beside its Alertmanager."""

import copy
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from tests.checkout import ROOT
from tests.cli.commands import Left
from tests.foreign.foreign import Foreign
from tests.stack.waiting import eventually

Tree = dict[str, Any]


@dataclass(frozen=True)
class OurReceiver:
    """`simulator receiver`, running."""

    port: int
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def our_receiver(store: Path) -> Iterator[OurReceiver]:
    """Started as a user starts it, and ended with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    receiver = OurReceiver(port, secrets.token_urlsafe(12))
    argv = [sys.executable, "-m", "simulator.cli", "receiver", "--listen", f"127.0.0.1:{port}"]
    argv += ["--token", "env:RECV", "--store", str(store)]
    quiet = {"cwd": ROOT, "env": {**os.environ, "RECV": receiver.token}, "stdout": subprocess.DEVNULL}
    with subprocess.Popen(argv, **quiet) as process:  # type: ignore[call-overload]  # as Popen wants them
        try:
            eventually("our receiver listens", lambda: _answers(receiver))
            yield receiver
        finally:
            process.terminate()


def _answers(receiver: OurReceiver) -> bool:
    try:
        return httpx.get(f"{receiver.url}/health").is_success
    except httpx.TransportError:
        return False


@contextmanager
def told(foreign: Foreign, receiver: OurReceiver) -> Iterator[None]:
    """Alertmanager's receivers that somebody reads also tell ours, while the block runs."""
    file = foreign.files.alertmanager
    before = file.read_text(encoding="utf-8")
    tree = YAML(typ="safe").load(before)
    for one in tree["receivers"]:
        if one["name"] in routes(foreign):
            authorization = {"type": "Bearer", "credentials": receiver.token}
            one["webhook_configs"].append(
                {
                    "url": f"{receiver.url}/api/v1/webhook/page",
                    "send_resolved": True,
                    "http_config": {"authorization": authorization},
                }
            )
    with file.open("w", encoding="utf-8") as written:
        YAML().dump(tree, written)
    try:
        foreign.reload(foreign.alertmanager)
        yield
    finally:
        file.write_text(before, encoding="utf-8")
        foreign.reload(foreign.alertmanager)


def routes(foreign: Foreign) -> list[str]:
    """Alertmanager's receivers that somebody reads."""
    receivers = foreign.names.receivers
    return [receivers.oncall, receivers.chat, receivers.data]


def secrets_of(foreign: Foreign, receiver: OurReceiver | None) -> dict[str, str]:
    """By the variable that the file names."""
    known = foreign.names.secrets
    return {
        "WEB_PW": known.web,
        "RECV": "" if receiver is None else receiver.token,
        "GRAF": known.grafana,
        "PAY": known.pay_admin,
        "DSN": foreign.dsn,
        "REDIS": foreign.redis_url,
    }


def environment(foreign: Foreign, receiver: OurReceiver) -> Tree:
    """What the file says when nothing is wrong with it."""
    names = foreign.names
    label, later = names.severities.label, names.severities.later
    admin = f"{foreign.pay_url}/admin"
    return {
        "stack": "attached",
        "tier": "staging",
        "identity": {
            "url": f"{foreign.shop_url}/healthz",
            "json": names.identity.key,
            "equals": names.identity.value,
        },
        "auth": {
            "ops": {"basic": {"user": names.web_user, "password": "env:WEB_PW"}},
            "graf": {"bearer": "env:GRAF"},
            "pay": {"bearer": "env:PAY"},
        },
        "tls": {"ca": str(foreign.ca)},
        "prometheus": {"url": foreign.prometheus.url, "auth": "ops"},
        "alertmanagers": [{"url": foreign.alertmanager.url, "auth": "ops"}],
        "pages": {
            "receiver": {"url": receiver.url, "token": "env:RECV"},
            "routes": routes(foreign),
            "canary_labels": {"team": names.teams.shop, label: later, "service": "canary"},
            "people": routes(foreign),
        },
        "alerts": {
            "severity_label": label,
            "within": {names.severities.urgent: "30s", later: "60s"},
            "ignore": [names.alerts.watchdog, names.alerts.info_inhibitor],
            "firing_already": [
                {"alert": names.alerts.legacy_down, "until": "2036-01-01", "because": "it is a legacy"}
            ],
        },
        "dashboards": {"grafana": foreign.grafana_url, "auth": "graf", "variables": {"interval": "30s"}},
        "traffic": {
            "locustfile": str(ROOT / "tests" / "foreign" / "their_locustfile.py"),
            "host": foreign.shop_url,
            "counted": f'sum(up{{job="{names.jobs.shop}"}})',
        },
        "exclude": {"targets": [f'job="{names.jobs.legacy}"']},
        "services": {
            "shop": {
                "probe": f"{foreign.shop_url}/healthz",
                "jobs": [names.jobs.shop],
                "command": {
                    "inject": [str(foreign.down), "shop"],
                    "check": [str(foreign.is_down), "shop"],
                    "undo": [str(foreign.up), "shop"],
                },
            },
            "pay": {
                "probe": f"{foreign.pay_url}/healthz",
                "jobs": [names.jobs.pay],
                "http": {
                    "inject": {"url": f"{admin}/fail", "auth": "pay", "body": {"mode": "errors"}},
                    "check": {"url": f"{admin}/state", "auth": "pay"},
                    "undo": {"url": f"{admin}/heal", "auth": "pay"},
                },
            },
            "db": {
                "postgres": "env:DSN",
                "application": names.storage.application,
                "table": names.storage.table,
                "jobs": [names.jobs.postgres],
            },
            "cache": {
                "redis": "env:REDIS",
                "prefix": names.storage.key_prefix,
                "jobs": [names.jobs.redis],
            },
        },
        "touch": ["shop", "pay", "db", "cache"],
    }


@dataclass(frozen=True)
class Desk:
    """Where somebody sits who types commands about the foreign stack."""

    folder: Path
    foreign: Foreign
    receiver: OurReceiver | None

    def simulator(self, *arguments: str, **instead: str) -> Left:
        """Run a command in the folder, with the secrets in its environment, some of them others."""
        known = {**secrets_of(self.foreign, self.receiver), **instead}
        kept = {name: secret for name, secret in known.items() if secret}
        state = {"XDG_STATE_HOME": str(self.folder / "state"), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", "simulator.cli", *arguments],
            cwd=self.folder,
            env={**os.environ, **state, **kept},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        left = Left(done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in left.out + left.err, left
        assert not [name for name, secret in kept.items() if secret in left.out + left.err]
        return left

    def doctor(self, changed: Tree, **instead: str) -> Left:
        """What the doctor says of a file."""
        with (self.folder / "shop.yaml").open("w", encoding="utf-8") as file:
            YAML().dump(changed, file)
        return self.simulator("doctor", "shop.yaml", **instead)

    def file(self) -> Tree:
        """The file with nothing wrong in it, to be changed."""
        assert self.receiver is not None
        return copy.deepcopy(environment(self.foreign, self.receiver))


def lines(left: Left, what: str) -> list[str]:
    """What the doctor says of one thing, with its state."""
    split = [line.split(maxsplit=2) for line in left.out.splitlines() if not line.startswith(" ")]
    return [f"{state} {text}" for state, about, text in split if about == what]
