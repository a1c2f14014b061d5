"""The program as the supervisor runs it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.erpgo.servers import STARTED_WITHIN, Servers, free_port, wait_for


@pytest.fixture
def program(servers: Servers, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, str, Path]]:
    """A running `python -m simulator.erpgo.api`: the process, its address, its database, its log."""
    port, database, log = free_port(), servers.postgres.create_database(), tmp_path / "api.log"
    environ = {
        **os.environ,
        "SERVER_PORT": str(port),
        "DATABASE_URL": database,
        "REDIS_URL": servers.valkey.url,
        "JWT_SECRET": "p" * 32,
        "LOG_LEVEL": "debug",
    }
    with log.open("wb") as messages:
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator.erpgo.api"], env=environ, stdout=messages
        )
    address = f"http://127.0.0.1:{port}"
    try:
        assert wait_for(process, lambda: httpx.get(f"{address}/health", timeout=5), httpx.TransportError)
        yield process, address, database, log
    finally:
        process.kill()
        process.wait(STARTED_WITHIN)


def test_requests_in_flight_finish_after_sigterm(
    program: tuple[subprocess.Popen[bytes], str, str, Path],
) -> None:
    process, address, database, log = program
    answers: list[int] = []
    account = {
        "email": "x@erpgo.test",
        "username": "x",
        "password": "long enough",
        "first_name": "X",
        "last_name": "Y",
    }

    def register() -> None:
        answers.append(httpx.post(f"{address}/api/v1/auth/register", json=account, timeout=20).status_code)

    in_flight = threading.Thread(target=register)
    with psycopg.connect(database) as locker, psycopg.connect(database, autocommit=True) as observer:
        locker.execute("LOCK TABLE accounts IN SHARE MODE")
        in_flight.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

        def is_waiting() -> None:
            if observer.execute(waiting).fetchone() != (1,):
                raise LookupError

        assert wait_for(process, is_waiting, LookupError)
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)
        assert process.poll() is None, "it must wait for the request"
    in_flight.join(STARTED_WITHIN)
    process.wait(STARTED_WITHIN)
    assert answers == [201]
    assert {"timestamp", "level", "message", "component"} <= set(json.loads(log.read_text().splitlines()[0]))
    requests = [
        json.loads(line)
        for line in log.read_text().splitlines()
        if '"register"' in line or "/register" in line
    ]
    assert {"correlation_id", "trace_id", "request_id", "user_id", "status"} <= set(requests[-1])


def test_a_taken_port_is_one_clear_line_and_code_2(
    program: tuple[subprocess.Popen[bytes], str, str, Path],
) -> None:
    _, address, _, _ = program
    port = address.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "simulator.erpgo.api"],
        env={**os.environ, "JWT_SECRET": "p" * 32, "SERVER_PORT": port},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert f"SERVER_PORT={port}" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
