"""The file in which Prometheus finds the simulator's metrics: one, whatever number of Locusts send traffic to a stack.

Its panels show one Locust, its canary is one gauge. So the file belongs to the game day, of which a stack has one at a
time; without a game day to whichever Locust was first. Nobody removes another's.
"""

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import gevent

from simulator.base.errors import HarnessError

NAME = "simulator.json"
ANSWERS_WITHIN = 0.5
"""Seconds for a Locust on this machine to accept a connection; one that does not is gone."""


LOCKED_WITHIN = 5.0
"""Seconds for another Locust to write its line; one that was stopped meanwhile must not stop us."""


class TargetFile:
    """One Locust's claim to the file in a stack's folder of targets."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._file = folder / NAME
        self._ours = json.dumps([{"targets": [address], "labels": {}}])
        self._before = ""
        """What stood there before a game day took it over."""

    def announce(self, *, game_day: bool) -> None:
        """Have Prometheus scrape us; without a game day only where it scrapes no other Locust that runs.

        Raises:
            HarnessError: the file cannot be written, or another Locust holds its lock.
        """
        try:
            self._announce(game_day=game_day)
        except OSError as error:
            raise HarnessError(
                f"{self._file}, by which Prometheus finds the simulator's metrics, cannot be written ({error.strerror});"
                " see whether the stack still runs and who may write there: simulator stack status"
            ) from error

    def _announce(self, *, game_day: bool) -> None:
        done = False
        while not done:
            there = self._read()
            if there == self._ours:
                return
            taken = _answers(there)
            with self._unless_changed(there) as done:
                if not done or (taken and not game_day):
                    continue
                self._before = there if taken else self._before
                self._write(self._ours)

    def withdraw(self) -> None:
        """Give the file back to whom a game day took it from, or remove it; another's stays.

        One that cannot be written stays too: the next Locust sees that nobody answers there, and replaces it.
        """
        gives_back = _answers(self._before)
        with contextlib.suppress(OSError, HarnessError), self._unless_changed(self._ours) as ours:
            if ours and gives_back:
                self._write(self._before)
            elif ours:
                self._file.unlink()

    @contextlib.contextmanager
    def _unless_changed(self, seen: str) -> Iterator[bool]:
        """Whether the file still holds that; nobody else writes inside the block, which must not switch greenlets.

        Raises:
            OSError: the folder is gone, and the stack with it, or is not ours to write to.
            HarnessError: another Locust holds the lock and does not run on.
        """
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._lock(folder)
            yield self._read() == seen
        finally:
            # By itself: gevent puts a close off until its loop runs again, and the lock would outlast the block.
            fcntl.flock(folder, fcntl.LOCK_UN)
            os.close(folder)

    def _lock(self, folder: int) -> None:
        deadline = time.monotonic() + LOCKED_WITHIN
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise HarnessError(
                        f"another Locust has held {self._folder} for {LOCKED_WITHIN:g} s: it writes {NAME} there;"
                        " end it, and start again"
                    ) from None
                gevent.sleep(0.01)
            else:
                return

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def _write(self, content: str) -> None:
        half = self._file.with_suffix(".tmp")
        half.write_text(content, encoding="utf-8")
        half.replace(self._file)  # Prometheus must never read half a file


def _answers(content: str) -> bool:
    """Whether the Locust that has announced itself with this still runs."""
    try:
        host, port = json.loads(content)[0]["targets"][0].rsplit(":", 1)
        socket.create_connection((host, int(port)), ANSWERS_WITHIN).close()
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
    return True
