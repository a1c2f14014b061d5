"""The engine's guard: when the engine dies or freezes it kills what is left of it and becomes `simulator undo`.

A program of its own, standard library only, started by `simulator.engine.guarded` as
`python -I -S guard.py LINE ENGINE LOCK LEASE LOG COMMAND...`: the file descriptors of its end of the line to
the engine, of the engine (a pidfd) and of the run lock; seconds; the log's path; how to undo, to which it adds when
the engine was dead. It knows of no fault.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

READY = b"r"
"""The guard's only word: from now on it watches."""
BEAT = b"."
GOODBYE = b"!"
"""Everything is undone and the engine leaves."""

DEAD_WITHIN_S = 10.0
"""Seconds for a killed engine to be gone; the undo is not put off for longer."""
_SLICE_S = 0.25
_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""A closed terminal, Ctrl-C, a shutdown: the engine has its own answer to each, and the guard leaves after it.

They stay ignored in the undo.
"""


def main(arguments: Sequence[str]) -> int:
    """Watch; returns the exit code after a goodbye, and otherwise becomes the undo."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    line, engine, lock = (int(argument) for argument in arguments[:3])
    lease, log, command = float(arguments[3]), arguments[4], list(arguments[5:])
    for handle in (line, engine):
        os.set_inheritable(handle, False)
    os.set_blocking(line, False)
    with contextlib.suppress(OSError):  # an engine that is gone already is noticed below
        os.write(line, READY)
    why = watch(line, engine, lease)
    if why:
        # First of all: an engine that wakes up must not inject again.
        state = "" if kill(engine) else f"; it is still there {DEAD_WITHIN_S:g} s after SIGKILL"
        command += ["--dead-since", str(time.monotonic())]  # what the undo has to outwait began then
        with contextlib.suppress(OSError):  # no process or descriptor to be had: then stderr alone is told
            _speak_to_both(log, lock)
        _say(f"guard: the engine {why}{state}; undoing what it left")
        _become(command)
    return 0


def watch(line: int, engine: int, lease: float) -> str:
    """Wait; returns what happened to the engine, or nothing once it has said goodbye.

    Time counts only while this process is awake, so that a pause of the whole machine is not held against the engine.
    """
    poll = select.poll()
    for handle in (line, engine):
        poll.register(handle, select.POLLIN)
    silent = 0.0
    while silent < lease:
        began = time.monotonic()
        ready = {handle for handle, _ in poll.poll(_SLICE_S * 1000)}
        silent += min(time.monotonic() - began, _SLICE_S)
        heard, open_still = _hear(line)
        if GOODBYE in heard:
            return ""
        if (
            engine in ready or not open_still
        ):  # a child that it forked may keep the line open, never the pidfd
            return "ended without a goodbye"
        if heard:
            silent = 0.0
    return f"gave no sign of life for {lease:g} s and was killed"


def kill(engine: int) -> bool:
    """End the engine, by pidfd; returns whether it is gone, which a process in the kernel's hands may delay."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(engine, signal.SIGKILL)
    poll = select.poll()
    poll.register(engine, select.POLLIN)
    return bool(poll.poll(DEAD_WITHIN_S * 1000))


def _hear(line: int) -> tuple[bytes, bool]:
    """All that the engine has said since the last time, and whether it may still say more."""
    heard = b""
    try:
        while more := os.read(line, 4096):
            heard += more
    except BlockingIOError:
        return heard, True
    except OSError:
        pass
    return heard, False


def _speak_to_both(log: str, lock: int) -> None:
    """Have stdout and stderr go to the log and to the engine's stderr, which may be a terminal that is closed."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            # The lock belongs to the undo alone: a stderr that nobody reads must not keep it.
            os.close(lock)
            os.close(writing)
            _pass_on(reading, log)
        finally:
            os._exit(0)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    os.close(reading)
    os.close(writing)


def _pass_on(reading: int, log: str) -> None:
    try:
        file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        file = -1
    while text := os.read(reading, 4096):
        for target in (file, 2):
            with contextlib.suppress(OSError):  # a full disk or a closed terminal must not break the undo
                os.write(target, text)


def _become(command: list[str]) -> NoReturn:
    try:
        os.execv(command[0], command)  # noqa: S606  a list, no shell
    except OSError as error:
        _say(f"guard: cannot undo: {command[0]}: {error.strerror}. Run: {' '.join(command[:6])}")
        sys.exit(6)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody listens: no reason not to undo
        os.write(2, f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
