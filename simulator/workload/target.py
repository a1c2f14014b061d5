"""The file in which Prometheus finds the simulator's metrics: one, whatever number of Locusts send traffic to a stack.

Its panels show one Locust, its canary is one gauge. So the file belongs to the game day, of which a stack has one at a
time; without a game day to whichever Locust was first. Nobody removes another's.
"""

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

NAME = "simulator.json"
ANSWERS_WITHIN = 0.5
"""Seconds for a Locust on this machine to accept a connection; one that does not is gone."""


class Target:
    """One Locust's claim to the file in a stack's folder of targets."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._file = folder / NAME
        self._ours = json.dumps([{"targets": [address], "labels": {}}])
        self._before = ""
        """What stood there before a game day took it over."""

    def announce(self, *, game_day: bool) -> None:
        """Have Prometheus scrape us; without a game day only where it scrapes no other Locust that runs."""
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
        """Give the file back to whom a game day took it from, or remove it; another's stays."""
        gives_back = _answers(self._before)
        with contextlib.suppress(FileNotFoundError), self._unless_changed(self._ours) as ours:
            if ours and gives_back:
                self._write(self._before)
            elif ours:
                self._file.unlink()

    @contextlib.contextmanager
    def _unless_changed(self, seen: str) -> Iterator[bool]:
        """Whether the file still holds that; nobody else writes inside the block, which must not switch greenlets.

        Raises:
            FileNotFoundError: the folder is gone, and the stack with it.
        """
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield self._read() == seen
        finally:
            os.close(folder)

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
