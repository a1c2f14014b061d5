"""The API itself, one worker of it on servers of its own: what is measured against it cannot be older than it is."""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.erpgo.servers import STARTED_WITHIN, free_port, own_servers, wait_for

POOL = 10


@dataclass(frozen=True)
class Api:
    """A running API."""

    port: int
    environ: Mapping[str, str]
    """What it was started with: where its database and its cache are."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def real_api() -> Iterator[Api]:
    """The API that the stack runs, without its rate limit: a bench is one very busy client."""
    with own_servers() as servers:
        environ = {
            "DATABASE_URL": servers.postgres.create_database(),
            "REDIS_URL": servers.valkey.url,
            "JWT_SECRET": secrets.token_hex(32),
            "RATE_LIMIT_ENABLED": "false",
            "MAX_CONNECTIONS": str(POOL),
        }
        with serving(["-m", "simulator.erpgo.api"], environ) as port:
            yield Api(port, environ)


@contextlib.contextmanager
def serving(words: list[str], environ: Mapping[str, str]) -> Iterator[int]:
    """Run a server with this Python on a free port, until the block is left; yields the port.

    It is told the port as SERVER_PORT, and by its last word where that is `--port`.

    Raises:
        RuntimeError: it ended before it served; the message holds the end of its log.
    """
    port = free_port()
    if words[-1] == "--port":
        words = [*words, str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *words],
            env={**os.environ, **environ, "SERVER_PORT": str(port)},
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=log,
        )
        try:
            health = f"http://127.0.0.1:{port}/health"
            if not wait_for(process, lambda: httpx.get(health, timeout=5), httpx.TransportError):
                log.seek(0)
                raise RuntimeError(f"{words} ended with code {process.returncode}: {log.read()[-500:]!r}")
            yield port
        finally:
            process.terminate()
            process.wait(STARTED_WITHIN)
