"""`simulator schedule serve`: a small process that has a step taken whenever one is due, and shows how things stand.

It imports next to nothing: it waits for weeks. Each step is a process of its own (`simulator schedule run-due`), so
one that runs for an hour keeps no other from beginning. What is due it goes by the wall clock for, which it looks at every few
seconds: a clock that is set, or a machine that has slept, delays a slot by no more.
"""

import asyncio
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from simulator.base.clock import Clock, SystemClock
from simulator.schedule.children import Children

LOOK_EVERY = 5.0
"""Seconds between two looks at the clock and at the files."""
SOONEST = 1.0
"""Seconds between two steps."""
SILENT_FOR = 7200.0
"""Seconds without a step, after which health says so: one is due at least every hour."""
MOST_FAILED = 3
"""Steps in a row that failed, after which health says so."""
MOST_STEPS = 16
"""Steps that may go on at once."""
ENDED_WITHIN = 80.0
"""Seconds for steps to end their runs, which undo what they have injected."""
STATUS, PAGE, METRICS = "status.json", "status.html", "status.prom"


@dataclass
class Server:
    """Waits, and has steps taken."""

    folder: Path
    """Where the steps leave how things stand."""
    watched: Path
    """The folder of the schedules: when a file in it changes, a step looks."""
    take: Callable[[], "asyncio.Task[int]"]
    """Begin a step; its result is its exit code."""
    clock: Clock
    say: Callable[[str], None]
    _steps: set["asyncio.Task[int]"] = field(default_factory=set)
    _begun: float = float("-inf")
    _failed: int = 0
    """Steps in a row."""
    _seen: tuple[tuple[str, int], ...] = ()

    async def serve(self) -> None:
        """Until cancelled; then nothing more is begun."""
        while True:
            if self._is_due():
                self._begun = self.clock.now().timestamp()
                task = self.take()
                self._steps.add(task)
                task.add_done_callback(self._over)
            await self.clock.sleep(LOOK_EVERY)

    async def end(self, within: float) -> None:
        """Wait for the steps that were told to end."""
        if self._steps:
            await asyncio.wait(self._steps, timeout=within)

    @property
    def is_well(self) -> bool:
        """Whether steps are begun, as many as are due, and end as they should."""
        recent = self.clock.now().timestamp() - self._begun < SILENT_FOR
        return recent and self._failed < MOST_FAILED and len(self._steps) < MOST_STEPS

    def _is_due(self) -> bool:
        now, seen = self.clock.now().timestamp(), self._look()
        since = now - self._begun
        if len(self._steps) >= MOST_STEPS or 0 <= since < SOONEST:
            return False
        changed, self._seen = seen != self._seen, seen
        return changed or since < 0 or now >= self._wake()

    def _wake(self) -> float:
        """What the latest step said is the next moment at which something is due; at once where none has said so."""
        try:
            said = json.loads((self.folder / STATUS).read_text(encoding="utf-8"))
            wake, at = float(said["wake"]), float(said["at"])
        except (OSError, ValueError, LookupError, TypeError):
            return float("-inf")
        # A step that began at that moment has accounted for it, though its run still goes on and it has not said so.
        return wake if wake > self._begun else max(at, self._begun) + LOOK_EVERY * 12

    def _look(self) -> tuple[tuple[str, int], ...]:
        """The files there are, and when they were written."""
        found = []
        for path in sorted(self.watched.glob("*.yaml")):
            with contextlib.suppress(OSError):
                found.append((path.name, path.stat().st_mtime_ns))
        return tuple(found)

    def _over(self, task: "asyncio.Task[int]") -> None:
        self._steps.discard(task)
        if task.cancelled() or task.exception() is not None or task.result() != 0:
            self._failed += 1
            self.say("a step failed; the next one is taken as it is due")
        else:
            self._failed = 0


class Shown(BaseHTTPRequestHandler):
    """What the steps left, and whether steps are taken."""

    server_version, sys_version = "simulator", ""
    timeout = 10.0
    folder: Path
    is_well: Callable[[], bool]

    def do_GET(self) -> None:
        # A page of another site that had its name lead here would be read by that site's script.
        if self.headers.get("Host", "").rsplit(":", 1)[0] not in ("127.0.0.1", "localhost"):
            self._answer(403, b"ask for 127.0.0.1\n", "text/plain")
            return
        kinds = {
            "/": (PAGE, "text/html; charset=utf-8"),
            "/metrics": (METRICS, "text/plain; version=0.0.4; charset=utf-8"),
            "/status.json": (STATUS, "application/json"),
        }
        if self.path == "/health":
            well = type(self).is_well()
            self._answer(
                200 if well else 503, b"ok\n" if well else b"steps are not begun, or fail\n", "text/plain"
            )
        elif self.path in kinds:
            name, kind = kinds[self.path]
            try:
                self._answer(200, (self.folder / name).read_bytes(), kind)
            except OSError:
                self._answer(503, b"no step has been taken yet\n", "text/plain")
        else:
            self._answer(404, b"not found: / /health /metrics /status.json\n", "text/plain")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Say nothing: a scrape every few seconds is no news."""


def show(folder: Path, is_well: Callable[[], bool], host: str, port: int) -> ThreadingHTTPServer:
    """The page, on an address of this machine.

    Raises:
        OSError: the port is taken.
    """
    handler = type("Handler", (Shown,), {"folder": folder, "is_well": staticmethod(is_well)})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Steps:
    """Steps as processes of their own."""

    def __init__(self, command: Sequence[str], children: Children) -> None:
        self._command = command
        self._children = children

    def take(self) -> "asyncio.Task[int]":
        return asyncio.create_task(self._step())

    async def _step(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        return await self._children.ended(process)


async def main(folder: Path, watched: Path, port: int, step: Sequence[str]) -> None:
    """Serve until SIGTERM or SIGINT; then runs end, and undo what they have injected."""
    children = Children()
    server = Server(folder, watched, Steps(step, children).take, SystemClock(), _say)
    try:
        page = show(folder, lambda: server.is_well, "127.0.0.1", port)
    except OSError as error:
        _say(f"error: port {port} of 127.0.0.1 cannot be had: {error.strerror}; choose another with --port")
        sys.exit(2)
    _say(f"schedules are served; how they stand: http://127.0.0.1:{page.server_address[1]}/")
    serving = asyncio.create_task(server.serve())
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    children.end()  # the steps, which end their runs
    await server.end(ENDED_WITHIN)
    page.shutdown()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  this is the program


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
