"""Plays Locust to a real engine: the wire's other end, light but real traffic, and the canary gauge."""

import http.server
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from simulator.base.protocol import (
    Begin,
    Canary,
    Fenced,
    Finished,
    FromEngine,
    Receipt,
    Stop,
    Switched,
    SwitchOff,
    SwitchOn,
    Traffic,
)
from simulator.base.protocol import from_engine as wire
from simulator.base.values import Value
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.facts import AnyFact
from simulator.journal.reading import read_journal
from simulator.plan.request import RunRequest
from tests.customer import Customer

React = Callable[[FromEngine, "FakeLocust"], None]


class EngineGone(AssertionError):
    """The engine's end of the wire closed before its last word."""


class FakeLocust:
    """Starts one engine and talks to it until it has finished."""

    def __init__(
        self,
        stack: StackInfo,
        experiment: Path,
        reports: Path,
        root: Path | None = None,
        environment: str = "embedded",
    ) -> None:
        self.stack = stack
        self.flowing = True
        """Whether requests are sent."""
        self.obeys = True
        """Whether a switch does what it says; else it is acknowledged and nothing happens."""
        self.events = 10.0
        """A second, of a switch that is on."""
        self.shoppers = 0
        """Customers who order one thing after the other: some faults only bite where somebody writes."""
        self._reports = reports
        self._switches: dict[str, float] = {}
        self._receipts: list[Receipt] = []
        self._canary = 0
        self._over = threading.Event()
        self._writing = threading.Lock()
        request = RunRequest(gameday=str(experiment), reports=reports, environment=environment)
        self.engine = subprocess.Popen(
            [sys.executable, "-m", "simulator.engine", request.text()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # Python takes modules from where it is started before any that are installed.
            cwd=root,
        )

    def run(self, react: React = lambda _message, _self: None, within: float = 150.0) -> Finished:
        """Play along until the engine's last word; `react` sees every message."""
        watchdog = threading.Timer(within, self.engine.kill)
        watchdog.start()
        threads = [threading.Thread(target=self._traffic)]
        threads += [threading.Thread(target=self._shop, args=(number,)) for number in range(self.shoppers)]
        try:
            with self._metrics():
                for thread in threads:
                    thread.start()
                return self._listen(react)
        finally:
            watchdog.cancel()
            self._over.set()
            for thread in threads:
                thread.join()
            if self.engine.stdin:
                with suppress(BrokenPipeError):  # of an engine that is gone
                    self.engine.stdin.close()
            self.engine.wait(20)
            if self.engine.stdout:
                self.engine.stdout.close()

    def stop(self) -> None:
        """Locust ends early."""
        self._say(Stop(reason="Ctrl-C"))

    def journal(self) -> tuple[AnyFact, ...]:
        """What the engine wrote."""
        return read_journal(next(self._reports.glob("*/journal.jsonl")))

    def _listen(self, react: React) -> Finished:
        fenced = ""
        for line in filter(str.strip, self.engine.stdout or ()):
            message = wire.validate_json(line)
            self._obey(message)
            react(message, self)
            if isinstance(message, Finished):
                return message
            if isinstance(message, Fenced):
                fenced = f": it {message.reason}"
        raise EngineGone(f"the engine left without a last word, exit code {self.engine.wait(5)}{fenced}")

    def _obey(self, message: FromEngine) -> None:
        match message:
            case Canary():
                self._canary = int(message.on)
            case SwitchOn():
                if self.obeys:
                    self._switches[message.name] = self.events
                self._say(Switched(id=message.id, workers=1))
            case SwitchOff():
                self._switches.pop(message.name, None)
                self._say(Switched(id=message.id, workers=1))
            case _:
                pass

    def _traffic(self) -> None:
        """About twenty requests a second, and a truthful report of them each second."""
        self._say(Begin())
        with httpx.Client(base_url=self.stack.url("api"), timeout=1.0, trust_env=False) as client:
            pages = itertools.cycle(range(1, 20))
            while not self._over.is_set():
                began, sent = time.monotonic(), 0
                while self.flowing and sent < 20 and time.monotonic() - began < 0.9:
                    sent += self._request(client, next(pages))
                self._over.wait(max(0.0, 1.0 - (time.monotonic() - began)))
                self._report(sent)

    def _shop(self, number: int) -> None:
        while not self._over.is_set():
            with suppress(httpx.HTTPError), Customer(self.stack.url("api"), number) as customer:
                while not self._over.is_set():
                    self._receipts.append(customer.orders())
                    customer.looks()
                    self._over.wait(0.04 * self.shoppers)  # about as many orders, however many they are
            self._over.wait(0.1)

    def _request(self, client: httpx.Client, page: int) -> int:
        try:
            client.get(f"/api/v1/products?limit=5&page={page}")
        except httpx.HTTPError:
            # Refused or hung: it was sent all the same, and that is what is reported.
            self._over.wait(0.02)
        return 1

    def _report(self, sent: int) -> None:
        receipts, self._receipts = tuple(self._receipts), []
        self._say(
            Traffic(
                offered=float(sent),
                achieved=float(sent),
                dropped=0.0,
                requests=float(sent),
                counted={"orders": float(len(receipts))},
                failures=0.0,
                cpu_percent=5.0,
                users=1,
                switches=dict(self._switches),
                receipts=receipts,
            )
        )

    def _say(self, message: Value) -> None:
        with self._writing:
            try:
                if self.engine.stdin and not self.engine.stdin.closed:
                    self.engine.stdin.write(message.model_dump_json() + "\n")
                    self.engine.stdin.flush()
            except BrokenPipeError:
                self._over.set()

    @contextmanager
    def _metrics(self) -> Iterator[None]:
        """The simulator's own metrics page, with nothing on it but the canary."""
        me = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"simulator_canary {me._canary}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        target = self.stack.targets / "simulator.json"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        target.write_text(json.dumps([{"targets": [f"127.0.0.1:{server.server_port}"]}]))
        try:
            yield
        finally:
            target.unlink(missing_ok=True)
            server.shutdown()
            thread.join()
            server.server_close()
