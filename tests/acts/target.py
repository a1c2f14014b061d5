"""Something to harm, as programs and as an API: harmed while a file lies in its folder."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from simulator.base.clock import Clock, RunClock, SystemClock
from simulator.doors import Doors
from simulator.doors.hooks import Hook, Hooks
from simulator.doors.programs import FAULT, Programs
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors

TIMEOUT = 5.0
"""Seconds for an act that has to come to its end, on a busy machine."""


def doors_to(clock: Clock | None = None, **more: object) -> Doors:
    """Doors on real time, to nothing but what is given."""
    doors = fake_doors(FakeClock(), FakeServices())
    return replace(doors, clock=RunClock(clock or SystemClock()), **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Target:
    """A folder with programs that harm it."""

    folder: Path

    @property
    def is_harmed(self) -> bool:
        return (self.folder / "harm").exists()

    @property
    def notes(self) -> Path:
        return self.folder / "notes"

    def programs(self, **scripts: str) -> Programs:
        """Those that do what they should, but for the scripts that are given; `timeout` and `undo_within` are durations."""
        limits = {"timeout": f"{TIMEOUT}s", "undo_within": "5s"}
        limits |= {name: scripts.pop(name) for name in limits if name in scripts}
        usual = {"inject": "touch harm", "check": "test -e harm", "undo": "rm -f harm"}
        for name, script in (usual | scripts).items():
            self.write(name, script)
        lines = {name: (f"./{name}", "an argument") for name in usual | scripts}
        return Programs.model_validate({"lines": lines, "folder": self.folder, "notes": self.notes, **limits})

    def write(self, name: str, script: str) -> None:
        """A program that keeps a list of who ran."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\necho {name} >> ran\n{script}\n")
        path.chmod(0o755)

    @property
    def ran(self) -> list[str]:
        """The programs that ran, in order."""
        path = self.folder / "ran"
        return path.read_text().split() if path.exists() else []

    def at_work(self, fault_id: str) -> list[int]:
        """Processes anywhere on this machine that were started for a fault."""
        tag = f"{FAULT}={fault_id}".encode()
        return [pid for pid, environment in environments() if tag in environment.split(b"\0")]


def environments() -> Iterator[tuple[int, bytes]]:
    """Of all processes whose environment may be looked at; one that is gone has none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                yield int(entry.name), (entry / "environ").read_bytes()
            except OSError:
                continue


@dataclass
class Api:
    """The same as an API: PUT and DELETE `/harm` answer 204, GET 200 while harmed and else 404."""

    address: str = ""
    harmed: bool = False
    asked: list[tuple[str, str, dict[str, str], object]] = field(default_factory=list)
    """Method, path, headers with names in lower case, decoded body."""
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    """Status and headers to answer a method with, in place of what it should be answered."""

    def hooks(self, **more: object) -> Hooks:
        """Requests that do what they should."""
        requests = {
            "inject": Hook(method="PUT", url=f"{self.address}/harm", body={"for": "a test"}),
            "check": Hook(method="GET", url=f"{self.address}/harm"),
            "undo": Hook(method="DELETE", url=f"{self.address}/harm"),
        }
        given = {
            "requests": requests,
            "bites_at": 200,
            "healthy_at": 404,
            "timeout": TIMEOUT,
            "undo_within": 5.0,
        }
        return Hooks.model_validate(given | more)

    def answer(self, method: str) -> tuple[int, dict[str, str]]:
        if method in self.answers:
            return self.answers[method]
        if method == "GET":
            return (200 if self.harmed else 404), {}
        self.harmed = method == "PUT"
        return 204, {}


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """The API at an address of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.asked.append((self.command, self.path, headers, json.loads(body) if body else None))
            status, more = api.answer(self.command)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **more}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_PUT = do_DELETE = do_POST = handle_one  # noqa: N815  as the server calls them

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield api
        finally:
            server.shutdown()
