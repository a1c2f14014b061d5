"""Real servers on free ports, and the API in front of them in this process."""

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import psycopg
import pytest

from simulator.erpgo.api.app import create_app
from simulator.erpgo.api.settings import Settings, load
from simulator.erpgo.stack.supervisor.binaries import find

NOBODY = 65534
STARTED_WITHIN = 60.0
"""Seconds, on a busy machine: a deadline, not a promise."""
PR_SET_PDEATHSIG = 1
PASSWORD = "Shopper-Passw0rd!"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(argv: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that must not run as root, its messages in a file.

    It dies with the thread that starts it, so that a killed test run leaves nothing: call this from the main one.
    """
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    with log.open("ab") as messages:
        identity["preexec_fn"] = die_with_parent  # one system call, takes no lock
        return subprocess.Popen(argv, stdout=messages, stderr=messages, cwd="/", **identity)


class Answers(Protocol):
    def __call__(self) -> object: ...


def wait_for(process: subprocess.Popen[bytes], answers: Answers, errors: type[Exception]) -> bool:
    """Wait until a server answers; False when it died first."""
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        with contextlib.suppress(errors):
            answers()
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
            return False
    pytest.fail(f"{process.args!r} does not answer after {STARTED_WITHIN:g} s")


@dataclass
class Postgres:
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        log = self.folder.parent / "postgres.log"
        argv = [str(find("postgres")), "-D", str(self.folder), "-p", str(self.port), "-k", str(self.folder)]
        settings = ["listen_addresses=127.0.0.1", "max_connections=80", "fsync=off"]
        argv += [word for setting in settings for word in ("-c", setting)]
        deadline = time.monotonic() + STARTED_WITHIN
        # After a SIGKILL the old backends hold the shared memory for some milliseconds more.
        while time.monotonic() < deadline:
            self.process = spawn(argv, log)
            if wait_for(self.process, self._answers, psycopg.OperationalError):
                return
        pytest.fail(f"postgres does not start: {log.read_text()[-500:]}")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(STARTED_WITHIN)

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STARTED_WITHIN)

    def create_database(self) -> str:
        name = f"erp_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return self.url(name)

    def _answers(self) -> None:
        with psycopg.connect(self.url("postgres"), connect_timeout=2) as connection:
            connection.execute("SELECT 1")


@dataclass
class Valkey:
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        argv = [str(find("valkey-server")), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = spawn(argv, self.folder / "valkey.log")
        assert wait_for(self.process, self._answers, OSError)

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(STARTED_WITHIN)

    def _answers(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=2).close()


@dataclass(frozen=True)
class Servers:
    postgres: Postgres
    valkey: Valkey


@contextlib.contextmanager
def own_servers() -> Iterator[Servers]:
    """Start PostgreSQL and Valkey in a folder of their own, and leave nothing of them."""
    folder = Path(tempfile.mkdtemp(prefix="erpgo-tests-"))
    folder.chmod(0o711)
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
    initdb = f"{find('initdb')} -D {data} -U postgres -A trust -E UTF8 --no-sync"
    assert spawn(initdb.split(), folder / "initdb.log").wait(STARTED_WITHIN) == 0
    started = Servers(Postgres(data), Valkey(folder))
    try:
        started.postgres.start()
        started.valkey.start()
        yield started
    finally:
        for server in (started.postgres, started.valkey):
            if server.process is not None:
                server.stop()
        shutil.rmtree(folder)


def settings_of(servers: Servers, **environ: str) -> Settings:
    """Settings for an API on a database of its own; the deadlines are short, so that tests are."""
    defaults = {
        "DATABASE_URL": servers.postgres.create_database(),
        "REDIS_URL": servers.valkey.url,
        "JWT_SECRET": secrets.token_hex(32),
        "DATABASE_ACQUIRE_TIMEOUT": "300ms",
        "DATABASE_LOCK_TIMEOUT": "700ms",
        "DATABASE_STATEMENT_TIMEOUT": "1s",
        "RATE_LIMIT_RPS": "1000",
        "RATE_LIMIT_BURST": "5000",
    }
    return load({**defaults, **environ})


@dataclass(frozen=True)
class Api:
    """The API in this process, and what its database is called."""

    client: httpx.AsyncClient
    database_url: str

    async def metric(self, series: str) -> float:
        """Return a series' value now, for example `name{label="value"}`; fails when it does not exist."""
        text = (await self.client.get("/metrics")).text
        for line in text.splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        pytest.fail(f"no series {series}")

    async def log_in(self, number: int = 1, **headers: str) -> httpx.Response:
        body = {"email": f"shopper-{number:04d}@erpgo.test", "password": PASSWORD}
        return await self.client.post("/api/v1/auth/login", json=body, headers=headers)

    async def bearer(self, number: int = 1) -> dict[str, str]:
        answer = await self.log_in(number)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def order_body(self) -> dict[str, object]:
        products = (await self.client.get("/api/v1/products?limit=1")).json()["products"]
        return {
            "customer_id": "customer-1",
            "type": "SALES",
            "shipping_method": "EXPRESS",
            "currency": "USD",
            "payment_method": "CREDIT_CARD",
            "items": [{"product_id": products[0]["id"], "quantity": 2, "unit_price": 10.25}],
        }


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Api]:
    """Run the API in this process, from its start to its shutdown."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://erpgo") as client,
    ):
        yield Api(client, settings.database.url)


RunApi = Callable[..., contextlib.AbstractAsyncContextManager[Api]]
