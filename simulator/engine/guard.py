"""The engine's guard: when the engine dies or freezes it kills what is left of it and becomes `simulator undo`.

A program of its own, standard library only, started by `simulator.engine.guarded` as
`python -I -S guard.py LINE ENGINE WIRE LOCK LEASE LOG COMMAND...`: the file descriptors of its end of the line to
the engine, of the engine (a pidfd), of the engine's wire to Locust and of the run lock; seconds; the log's path; how to
undo, to which it adds when the engine was dead. It knows of no fault.

A frozen engine and a starved one are both silent. Killing the second would turn a busy machine into a broken run, so
silence only counts while the engine could have spoken: not while one of its threads waits for the processor, and not
for `DISK_WITHIN_S` while one waits in the kernel, for the disk most often. A stopped engine has no excuse.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

READY = b"r"
"""The guard's only word: from now on it watches."""
BEAT = b"."
GOODBYE = b"!"
"""Everything is undone and the engine leaves."""

DEAD_WITHIN_S = 10.0
"""Seconds for a killed engine to be gone; the undo is not put off for longer."""
DISK_WITHIN_S = 30.0
"""Seconds of one silence for which a wait in the kernel (state D) is excused; a disk that hangs longer is as good as gone."""
HEARD_WITHIN_S = 30.0
"""Seconds for a Locust that has fallen behind to make room for the last word."""
_SLICE_S = 0.25
_STOPPED = frozenset("Tt")
_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""A closed terminal, Ctrl-C, a shutdown: the engine has its own answer to each, and the guard leaves after it.

They stay ignored in the undo.
"""


def main(arguments: Sequence[str]) -> int:
    """Watch; returns the exit code after a goodbye, and otherwise becomes the undo."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    line, engine, wire, lock = (int(argument) for argument in arguments[:4])
    lease, log, command = float(arguments[4]), arguments[5], list(arguments[6:])
    for handle in (line, engine, wire):
        os.set_inheritable(handle, False)
    os.set_blocking(line, False)
    with contextlib.suppress(OSError):  # an engine that is gone already is noticed below
        os.write(line, READY)
    end = watch(line, engine, lease)
    if end is not None:
        # First of all: an engine that wakes up must not inject again.
        state = "" if kill(engine) else f"; it is still there {DEAD_WITHIN_S:g} s after SIGKILL"
        command += ["--dead-since", str(time.monotonic())]  # what the undo has to outwait began then
        if end.fenced:
            _tell_locust(wire, lock, f"{end.why}{state}")
        with contextlib.suppress(OSError):  # no process or descriptor to be had: then stderr alone is told
            _speak_to_both(log, lock)
        _say(f"guard: the engine {end.why}{state}; undoing what it left")
        _become(command)
    return 0


class End(NamedTuple):
    """What happened to the engine."""

    why: str
    fenced: bool = False
    """It was alive, and is killed for its silence."""


def watch(line: int, engine: int, lease: float) -> End | None:
    """Wait; returns how the engine ended, or None once it has said goodbye.

    Time counts only while this process is awake, so that a pause of the whole machine is not held against the engine.
    """
    poll = select.poll()
    for handle in (line, engine):
        poll.register(handle, select.POLLIN)
    pid = process_of(engine)
    silent = SilentTime(threads(pid))
    while silent.seconds < lease:
        began = time.monotonic()
        ready = {handle for handle, _ in poll.poll(_SLICE_S * 1000)}
        heard, open_still = _hear(line)
        if GOODBYE in heard:
            return None
        # A child that it forked may keep the line open, never the pidfd.
        if engine in ready or not open_still:
            return End("ended without a goodbye")
        silent.went_on(time.monotonic() - began, threads(pid))
        if heard:
            silent.broken()
    return End(
        f"gave no sign of life for {lease:g} s ({silent.meanwhile}) and was killed by its guard", fenced=True
    )


class Thread(NamedTuple):
    """One thread of the engine, as the kernel accounts for it: /proc/PID/task/TID/stat and schedstat."""

    state: str
    """R runnable, S asleep, D waiting in the kernel, T or t stopped: proc(5)."""
    ran: float
    """Seconds on a processor since it began."""
    queued: float
    """Seconds it has waited for one; a wait counts once it is over (Documentation/scheduler/sched-stats.rst)."""


class SilentTime:
    """How long the engine has been silent although it could have spoken."""

    def __init__(self, seen: Mapping[int, Thread]) -> None:
        self._seen = seen
        self._disk = 0.0
        self.seconds = 0.0

    def went_on(self, elapsed: float, seen: Mapping[int, Thread]) -> None:
        """So many seconds have passed without a word; `seen` are its threads now."""
        excused = starved(self._seen, seen, elapsed)
        states = {one.state for one in seen.values()}
        if not excused and self._disk < DISK_WITHIN_S and "D" in states and not states & _STOPPED:
            self._disk += elapsed
            excused = elapsed
        self.seconds += max(0.0, min(elapsed - excused, _SLICE_S))
        self._seen = seen

    def broken(self) -> None:
        """It has spoken."""
        self.seconds = self._disk = 0.0

    @property
    def meanwhile(self) -> str:
        """What it does instead of speaking."""
        states = {one.state for one in self._seen.values()}
        if states & _STOPPED:
            return "stopped"
        return "busy with something else" if "R" in states else "asleep, or waiting for something"


def starved(before: Mapping[int, Thread], now: Mapping[int, Thread], elapsed: float) -> float:
    """Seconds, of those elapsed, that the thread which waited longest has waited for a processor.

    All threads count: the one that holds Python's lock keeps the one that beats asleep. Stopped ones wait for nothing.
    """
    if any(thread.state in _STOPPED for thread in now.values()):
        return 0.0
    return max((_waited(before[id_], now[id_], elapsed) for id_ in before.keys() & now.keys()), default=0.0)


def _waited(before: Thread, now: Thread, elapsed: float) -> float:
    if now.state == "R":  # a wait that is not over is not in `queued` yet
        return max(0.0, elapsed - (now.ran - before.ran))
    return min(now.queued - before.queued, elapsed)


def threads(pid: int) -> dict[int, Thread]:
    """The threads of a process by id; none where the kernel does not tell."""
    found: dict[int, Thread] = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  pathlib costs this process half its memory
            with contextlib.suppress(OSError, ValueError, IndexError):  # a thread that has just ended
                found[int(name)] = _thread(f"/proc/{pid}/task/{name}")
    return found


def _thread(folder: str) -> Thread:
    with open(f"{folder}/stat", "rb") as file:  # noqa: PTH123  as above
        stat = file.read().rpartition(b")")[2].split()
    with open(f"{folder}/schedstat", "rb") as file:  # noqa: PTH123  as above
        ran, queued = (int(number) / 1e9 for number in file.read().split()[:2])
    return Thread(stat[0].decode(), ran or _in_ticks(stat), queued)


def _in_ticks(stat: Sequence[bytes]) -> float:
    """Seconds on a processor (utime and stime): a kernel that does not account for waiting says `0 0 0` in schedstat."""
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def process_of(pidfd: int) -> int:
    """The id of the process that a pidfd stands for; 0 or less when it is gone."""
    with open(f"/proc/self/fdinfo/{pidfd}", "rb") as file:  # noqa: PTH123  as above
        fields = dict(line.split(b":", 1) for line in file)
    return int(fields[b"Pid"])


def kill(engine: int) -> bool:
    """End the engine, by pidfd; returns whether it is gone, which a process in the kernel's hands may delay."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(engine, signal.SIGKILL)
    poll = select.poll()
    poll.register(engine, select.POLLIN)
    return bool(poll.poll(DEAD_WITHIN_S * 1000))


def _tell_locust(wire: int, lock: int, why: str) -> None:
    """Have the last word on the dead engine's wire (`Fenced` of simulator/base/protocol.py), on a line of its own."""
    word = f"\n{json.dumps({'type': 'fenced', 'reason': why})}\n".encode()
    with contextlib.suppress(
        OSError
    ):  # Locust is gone, or there is no process to be had: no reason not to undo
        os.set_blocking(wire, False)
        left = _written(wire, word)
        if (
            left and os.fork() == 0
        ):  # what starved the engine may starve Locust: the undo does not wait for it
            try:
                os.close(lock)  # as below
                _keep_saying(wire, left)
            finally:
                os._exit(0)
    os.close(wire)


def _keep_saying(wire: int, left: bytes) -> None:
    poll = select.poll()
    poll.register(wire, select.POLLOUT)
    deadline = time.monotonic() + HEARD_WITHIN_S
    while left and (seconds := deadline - time.monotonic()) > 0 and poll.poll(seconds * 1000):
        left = _written(wire, left)


def _written(wire: int, text: bytes) -> bytes:
    """Write what there is room for; returns the rest."""
    try:
        return text[os.write(wire, text) :]
    except BlockingIOError:
        return text


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
