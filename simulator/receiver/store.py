"""Notifications on disk, one JSON line each, written before Alertmanager gets its answer."""

import asyncio
import collections
import errno
import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from simulator.receiver.alerts import Notification

WINDOW = 10_000
"""Notifications kept in memory for readers; older ones are on disk only."""


class Store:
    """An append-only file and its newest part in memory. One process writes to it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._window: collections.deque[Notification] = collections.deque(_read(path), maxlen=WINDOW)
        self._seq = self._window[-1].seq if self._window else 0
        self._file = path.open("ab", buffering=0)  # what could not be written must not stay in a buffer
        self._arrived = asyncio.Condition()
        _end_last_line(path, self._file.fileno())

    @property
    def next_seq(self) -> int:
        return self._seq + 1

    async def append(self, notifications: Iterable[Notification]) -> None:
        """Persist, then show to readers. Numbers must follow on from `next_seq`.

        Raises:
            OSError: the file cannot be written; nothing was shown to readers.
        """
        fresh = tuple(notifications)
        lines = "".join(one.model_dump_json() + "\n" for one in fresh)
        self._write(lines.encode())  # survives our own death; that of the whole machine is no case for a lab
        self._window.extend(fresh)
        self._seq = fresh[-1].seq if fresh else self._seq
        async with self._arrived:
            self._arrived.notify_all()

    def _write(self, lines: bytes) -> None:
        """All of it or nothing: a sender that is refused will come again."""
        size = os.fstat(self._file.fileno()).st_size
        written = self._file.write(lines)
        if written != len(lines):
            os.ftruncate(self._file.fileno(), size)
            raise OSError(errno.ENOSPC, "the disk took only a part of the notification")

    def after(self, seq: int) -> list[Notification]:
        """What arrived later than the notification `seq`, oldest first."""
        newer: list[Notification] = []
        for one in reversed(self._window):
            if one.seq <= seq:
                break
            newer.append(one)
        return newer[::-1]

    async def wait_after(self, seq: int, wait_s: float) -> list[Notification]:
        """As `after`, but wait up to `wait_s` seconds for the first."""
        try:
            async with asyncio.timeout(wait_s), self._arrived:
                await self._arrived.wait_for(lambda: self._seq > seq)
        except TimeoutError:
            pass
        return self.after(seq)

    def close(self) -> None:
        self._file.close()


def _read(path: Path) -> Iterable[Notification]:
    """Every whole line; the last one is torn when the receiver was killed while writing it."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield Notification.model_validate_json(line)
            except ValidationError:
                continue


def _end_last_line(path: Path, descriptor: int) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(size - 1, 0))
        if file.read() not in {b"", b"\n"}:
            os.write(descriptor, b"\n")
