"""Readiness by real work: a query, a PING, an HTTP answer, every scrape target up once."""

import asyncio
import dataclasses
import http.client
import json

import psycopg

from simulator.erpgo.stack.supervisor.service import NotReady

_ANSWER_WITHIN_S = 1.0
_HTTP_OK = 200


@dataclasses.dataclass(frozen=True)
class HttpCheck:
    """The path answers 200 and, where asked, its body names `expect`."""

    port: int
    path: str
    expect: str = ""

    async def __call__(self) -> None:
        body = await asyncio.to_thread(_get, self.port, self.path)
        if self.expect not in body:
            raise NotReady(f"GET {self.path} answered without {self.expect!r}: {body[:120]!r}")


@dataclasses.dataclass(frozen=True)
class SqlCheck:
    """The user can connect and the database answers a query."""

    url: str

    async def __call__(self) -> None:
        try:
            # Without an address libpq would take PGHOSTADDR's for the host in the URL.
            async with await psycopg.AsyncConnection.connect(
                self.url, connect_timeout=2, hostaddr=""
            ) as connection:
                await connection.execute("SELECT 1")
        except psycopg.Error as error:
            raise NotReady(f"SELECT 1: {str(error).strip()}") from error


@dataclasses.dataclass(frozen=True)
class PingCheck:
    """Redis answers PING."""

    port: int

    async def __call__(self) -> None:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(b"PING\r\n")
                answer = await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()
        if answer != b"+PONG\r\n":
            raise NotReady(f"PING answered {answer!r}")


@dataclasses.dataclass(frozen=True)
class ScrapeCheck:
    """Prometheus is ready, and its last scrape of every target worked."""

    port: int

    async def __call__(self) -> None:
        await asyncio.to_thread(_get, self.port, "/-/ready")
        answer = json.loads(await asyncio.to_thread(_get, self.port, "/api/v1/targets?state=active"))
        targets = answer["data"]["activeTargets"]
        down = [
            f"{one['scrapePool']} ({one['lastError'] or one['health']})"
            for one in targets
            if one["health"] != "up"
        ]
        if down or not targets:
            raise NotReady(f"targets not up: {', '.join(down) or 'none known'}")


@dataclasses.dataclass(frozen=True)
class RulesCheck:
    """Prometheus has at least one rule group loaded."""

    port: int

    async def __call__(self) -> None:
        answer = json.loads(await asyncio.to_thread(_get, self.port, "/api/v1/rules"))
        if not answer["data"]["groups"]:
            raise NotReady("Prometheus has loaded no rules")


async def reload(port: int) -> None:
    """Let Prometheus read its files again.

    Raises:
        NotReady: it refused them; its log says why.
    """
    await asyncio.to_thread(_request, port, "POST", "/-/reload")


def _get(port: int, path: str) -> str:
    return _request(port, "GET", path)


def _request(port: int, method: str, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_WITHIN_S)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise NotReady(f"{method} {path}: {error!r}") from error
    finally:
        connection.close()
    if response.status != _HTTP_OK:
        raise NotReady(f"{method} {path} answered {response.status}: {body[:120]!r}")
    return body
