"""Starting a supervisor, detached, and hearing from it until its stack is ready."""

import contextlib
import fcntl
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor import logs
from simulator.erpgo.stack.supervisor.paths import CHECKOUT, StackFolder
from simulator.erpgo.stack.supervisor.protocol import (
    StackInfo,
    StartFailed,
    StartProgress,
    StartReady,
    start_report_adapter,
)

_READY_WITHIN_S = 150.0
"""Longer than all of the supervisor's own deadlines together: it knows better what is slow."""
_GONE_WITHIN_S = 30.0
_OTHERS_WITHIN_S = 180.0
_LOOK_EVERY_S = 0.05
_LAST_LINES = 5


@contextlib.contextmanager
def exclusive(folder: StackFolder, within_s: float = _OTHERS_WITHIN_S) -> Iterator[None]:
    """Only one process at a time starts or joins the stack of a folder.

    Raises:
        StackError: another one has been at it for too long; which one is in the message.
    """
    deadline = time.monotonic() + within_s
    with folder.up_lock.open("a+") as lock:  # not "w": that would wipe out the name of who holds it
        while not _locked(lock.fileno()):
            if time.monotonic() > deadline:
                lock.seek(0)
                raise StackError(
                    f"stack {folder.instance}: process {lock.read().strip() or 'unknown'} has been starting it for"
                    f" {within_s:g} s; end it, or wait for it, and try again"
                )
            time.sleep(
                _LOOK_EVERY_S
            )  # until the lock is free, or the deadline; yields under gevent, as flock would not
        with contextlib.suppress(OSError):  # on a full disk it has no name, and holds all the same
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                lock.truncate(0)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def launch(command: list[str], folder: StackFolder, say: Callable[[str], None]) -> StackInfo:
    """Run a supervisor's `command` in a session of its own; returns when its stack is ready.

    However this function is left before that, the supervisor sees the socket close and stops everything.

    Raises:
        StackError: the stack did not come up; nothing of it is left.
    """
    logs.begin(folder)
    ours, theirs = socket.socketpair()
    with ours:
        with theirs, folder.log("supervisor").open("ab") as log:
            detaching = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=CHECKOUT,
                start_new_session=True,
            )
        try:
            info = _ready(ours, folder, say)
        except BaseException:
            _wait_for_end(ours)
            raise
        finally:
            detaching.wait()  # it has forked and ended long ago; this only collects it
        return info


def _ready(ours: socket.socket, folder: StackFolder, say: Callable[[str], None]) -> StackInfo:
    deadline = time.monotonic() + _READY_WITHIN_S
    for line in _lines(ours, deadline):
        match start_report_adapter.validate_json(line):
            case StartProgress(service=service, text=text, at_s=at_s):
                say(f"{at_s:5.1f} s  {service} {text}")
            case StartReady(info=info):
                return info
            case StartFailed(reason=reason):
                raise StackError(f"stack {folder.instance} did not come up: {reason}")
    log = folder.log("supervisor")
    last = "".join(f"\n    {line}" for line in log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
    raise StackError(
        f"stack {folder.instance}: its supervisor ended before the stack was ready; see {log}{last}"
    )


def _lines(ours: socket.socket, deadline: float) -> Iterator[bytes]:
    buffer = b""
    while True:
        ours.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            read = ours.recv(65_536)
        except TimeoutError:
            raise StackError(f"the stack was not ready after {_READY_WITHIN_S:g} s") from None
        if not read:
            return
        *lines, buffer = (buffer + read).split(b"\n")
        yield from lines


def _wait_for_end(ours: socket.socket) -> None:
    """The keeper ends last and holds the other end of the socket: its end of file is the end of everything."""
    ours.settimeout(_GONE_WITHIN_S)
    with contextlib.suppress(OSError):
        ours.shutdown(socket.SHUT_WR)
        while ours.recv(65_536):
            pass
