"""Runs the stack's servers as an init system would: starts them when asked, again when they die, never while down.

`supervisor.py FOLDER`: the folder holds `programs.json`. It lives as long as its standard input is open: when whoever
started it ends, however that comes about, every server ends too, and the folder goes.
"""

import ctypes
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
NOBODY = 65534
AGAIN_AFTER_S = 0.5
LIBC = ctypes.CDLL(None)


@dataclass
class Server:
    """A program, and how it fares."""

    name: str
    argv: list[str]
    env: dict[str, str]
    port: int
    drops_rights: bool
    wanted: bool = False
    pid: int = 0
    due: float | None = None
    """When it is started again, by the monotonic clock."""
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, folder: Path) -> None:
        with (folder / "logs" / self.name).open("ab") as log:
            process = subprocess.Popen(
                self.argv,
                env=self.env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_dies_with_parent,  # noqa: PLW1509  # one system call, takes no lock
                **(dropped_rights() if self.drops_rights else {}),
            )
        self.pid, self.due, self.started = process.pid, None, [process]
        (folder / "pid.new").write_text(str(self.pid))
        (folder / "pid.new").rename(folder / "pids" / self.name)  # nobody reads half of it

    def kill(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> None:
        self.pid = 0
        for process in self.started:
            process.returncode = -1  # it was reaped here, with all the others
        self.due = time.monotonic() + AGAIN_AFTER_S if self.wanted else None

    def answers(self) -> bool:
        with socket.socket() as caller:
            caller.settimeout(0.5)
            return caller.connect_ex(("127.0.0.1", self.port)) == 0


def dropped_rights() -> dict[str, Any]:
    """The account of a program that refuses to be root, for `Popen`."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _dies_with_parent() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Supervisor:
    """One thread: what is asked, who died, who is due."""

    def __init__(self, folder: Path) -> None:
        listed = json.loads((folder / "programs.json").read_text(encoding="utf-8"))
        self._folder = folder
        self._servers = {one["name"]: Server(**one) for one in listed}

    def serve(self) -> None:
        """Until standard input closes."""
        woken, wakes = socket.socketpair()
        woken.setblocking(False)
        wakes.setblocking(False)
        signal.set_wakeup_fd(wakes.fileno())
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        with selectors.DefaultSelector() as selector, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self._folder / "control.new"))
            listener.listen()
            (self._folder / "control.new").rename(self._folder / "control")  # there once it can be asked
            for source in (sys.stdin, woken, listener):
                selector.register(source, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select(self._until_due())}
                if sys.stdin in ready:
                    return
                if woken in ready:
                    woken.recv(4096)
                self._reap()
                if listener in ready:
                    self._answer(listener)
                self._start_due()

    def _until_due(self) -> float | None:
        due = [one.due for one in self._servers.values() if one.due is not None]
        return max(min(due) - time.monotonic(), 0.0) if due else None

    def _start_due(self) -> None:
        for server in self._servers.values():
            if server.due is not None and server.due <= time.monotonic():
                server.start(self._folder)

    def _reap(self) -> None:
        while pid := _dead_child():
            for server in self._servers.values():
                if server.pid == pid:
                    server.ended()

    def _answer(self, listener: socket.socket) -> None:
        caller, _ = listener.accept()
        with caller:
            caller.settimeout(1.0)
            try:
                verb, _, name = caller.recv(200).decode().strip().partition(" ")
                caller.sendall(self._do(verb, name).encode())
            except OSError:
                return

    def _do(self, verb: str, name: str) -> str:
        server = self._servers.get(name)
        if server is None:
            return "unknown"
        if verb == "up":
            server.wanted = True
            if not server.pid:
                server.start(self._folder)
        elif verb == "down":
            server.wanted = False
            server.due = None
            server.kill()
        return "up" if server.answers() else "down"


def _dead_child() -> int:
    try:
        return os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return 0


def end_all() -> None:
    """Kill children until there are none: orphans come to us, whose descent they are of."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while True:
        for pid in children.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def main() -> None:
    """Serve, then leave nothing."""
    folder = Path(sys.argv[1])
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: sys.exit())
    try:
        Supervisor(folder).serve()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        end_all()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
