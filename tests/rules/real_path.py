"""A real Prometheus and Alertmanager around one small server: it is every scrape target and every receiver."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulator.base.clock import RunClock, SystemClock
from simulator.erpgo.stack.alertmanager.config import AlertmanagerConfig
from simulator.erpgo.stack.alertmanager.config import flags as alertmanager_flags
from simulator.erpgo.stack.alertmanager.own import OwnRouting
from simulator.erpgo.stack.prometheus.config import Intervals, PrometheusConfig, Targets
from simulator.erpgo.stack.prometheus.config import flags as prometheus_flags
from simulator.erpgo.stack.prometheus.rules import STAGING, file_of
from simulator.erpgo.stack.supervisor.binaries import find
from simulator.erpgo.stack.supervisor.ports import Ports

TOKEN = "what-the-receiver-wants-to-be-told"


@dataclass(frozen=True)
class Page:
    """One alert in one notification, and the receiver's path it arrived at."""

    path: str
    alert: str
    status: str


@dataclass
class Endpoint:
    """Counters that grow with time at rates the test changes, and the pages that came back."""

    rates: dict[str, float]
    pages: list[Page] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)
    """Whose receiver was told which credentials."""
    _totals: dict[str, float] = field(default_factory=dict)
    _counted_to: float = field(default_factory=time.monotonic)

    def set_rates(self, **rates: float) -> None:
        """Events a second from now on, by the name in `rates`."""
        self._count()
        self.rates.update(rates)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/metrics", self._metrics),
                Route("/api/v1/webhook/{severity}", self._receive, methods=["POST"]),
                Route("/own/{name}", self._receive, methods=["POST"]),
            ]
        )

    def _count(self) -> None:
        now = time.monotonic()
        for series, rate in self.rates.items():
            self._totals[series] = self._totals.get(series, 0) + rate * (now - self._counted_to)
        self._counted_to = now

    async def _metrics(self, _request: Request) -> Response:
        self._count()
        counters = {
            'erpgo_http_requests_total{status_code="200"}': self._totals["fine"],
            'erpgo_http_requests_total{status_code="503"}': self._totals["failed"],
            'erpgo_database_timeouts_total{type="lock"}': self._totals["timeouts"],
            "simulator_canary": 1,
        }
        return PlainTextResponse("".join(f"{name} {value}\n" for name, value in counters.items()))

    async def _receive(self, request: Request) -> Response:
        whose = "ours" if "severity" in request.path_params else "the user's"
        self.told.add((whose, request.headers.get("Authorization", "")))
        for alert in json.loads(await request.body())["alerts"]:
            self.pages.append(Page(request.url.path, alert["labels"]["alertname"], alert["status"]))
        return Response()


@dataclass(frozen=True)
class AlertingPath:
    """What the test talks to."""

    endpoint: Endpoint
    alertmanager: str
    clock: RunClock

    async def page(self, expected: Page, within: float) -> Page:
        """Wait until `expected` has arrived; fails after `within` seconds with what came instead."""

        async def arrived() -> Page | None:
            return expected if expected in self.endpoint.pages else None

        page = await self.clock.until(arrived, within=within, every=0.1)
        assert page is not None, f"no {expected} within {within} s; came: {set(self.endpoint.pages)}"
        return page

    async def alert(self, name: str, state: str, within: float) -> dict[str, Any]:
        """Wait until Alertmanager holds the alert in that state, and return what it says of it."""
        async with httpx.AsyncClient(timeout=5) as client:

            async def found() -> dict[str, Any] | None:
                answer = await client.get(f"{self.alertmanager}/api/v2/alerts")
                held: list[dict[str, Any]] = answer.json()
                matching = (each for each in held if each["labels"]["alertname"] == name)
                return next((each for each in matching if each["status"]["state"] == state), None)

            alert = await self.clock.until(found, within=within, every=0.2)
        assert alert is not None, f"{name} not {state} in Alertmanager within {within} s"
        return alert


@contextlib.asynccontextmanager
async def alerting_path(folder: Path, rates: Mapping[str, float], own: str) -> AsyncIterator[AlertingPath]:
    """Prometheus and Alertmanager at 1 s; `own` is the user's own routing, `{sink}` standing for the server."""
    endpoint = Endpoint(dict(rates))
    async with contextlib.AsyncExitStack() as stack:
        ports = stack.enter_context(Ports({"prometheus": 0, "alertmanager": 0}))
        sink = await stack.enter_async_context(_served(endpoint.app()))
        addresses = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        (folder / "own.yml").write_text(own.replace("{sink}", f"http://{sink}"), encoding="utf-8")
        for command in _commands(folder, addresses, sink):
            await stack.enter_async_context(running(command, folder))
        yield AlertingPath(endpoint, f"http://{addresses['alertmanager']}", RunClock(SystemClock()))


def _commands(folder: Path, addresses: Mapping[str, str], sink: str) -> list[list[str]]:
    targets = Targets(
        prometheus=addresses["prometheus"],
        alertmanager=addresses["alertmanager"],
        api=sink,
        postgres_exporter=sink,
        redis_exporter=sink,
        node_exporter=sink,
    )
    config = PrometheusConfig(targets, file_of(STAGING), folder, Intervals(scrape=1, evaluation=1))
    (folder / "prometheus.yml").write_text(config.render(), encoding="utf-8")
    (folder / "simulator.json").write_text(json.dumps([{"targets": [sink]}]), encoding="utf-8")
    (folder / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    routing = AlertmanagerConfig(f"http://{sink}", folder / "token", OwnRouting.read(folder / "own.yml"))
    (folder / "alertmanager.yml").write_text(routing.render(), encoding="utf-8")
    alertmanager = alertmanager_flags(folder / "alertmanager.yml", folder / "am", addresses["alertmanager"])
    prometheus = prometheus_flags(folder / "prometheus.yml", folder / "tsdb", addresses["prometheus"])
    return [[str(find("alertmanager")), *alertmanager], [str(find("prometheus")), *prometheus]]


@contextlib.asynccontextmanager
async def _served(app: Starlette) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            server.force_exit = True
            await asyncio.wait_for(serving, 10)


@contextlib.asynccontextmanager
async def running(command: Sequence[str], folder: Path) -> AsyncIterator[None]:
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder
        )
    try:
        yield
        assert process.returncode is None, log.read_text(encoding="utf-8")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.wait_for(process.wait(), 10)
