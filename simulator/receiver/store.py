"""Notifications on disk, one JSON line each, written before Alertmanager gets its answer."""

import asyncio
import collections
import errno
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from simulator.receiver.alerts import Notification

WINDOW = 10_000
"""Notifications kept in memory for readers; older ones are on disk only."""
KEPT_BYTES = 100 * 1024 * 1024
"""On disk, where nothing else is said."""
LEAST_KEPT_BYTES = 4 * 1024 * 1024
"""Half of it holds the largest payload that is taken."""


class Store:
    """An append-only file, the one before it, and the newest part of both in memory. One process writes to it.

    Before the file would grow beyond half of `keep_bytes` it takes the place of the one before, whose notifications are
    dropped. That is one rename: it takes no time in which a page would wait, and no room on a disk that is full.

    Raises:
        OSError: the file cannot be read or written, or another process writes to it.
    """

    def __init__(self, path: Path, keep_bytes: int = KEPT_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._before = path, path.with_suffix(".before.jsonl")
        self._most = keep_bytes // 2
        self._lock = _lock(path.with_suffix(".lock"))
        self._file = path.open("ab", buffering=0)  # what could not be written must not stay in a buffer
        os.ftruncate(self._file.fileno(), sum(map(len, _whole_lines(path))))
        current = list(_read(path))
        self._window = collections.deque([*_read(self._before), *current], maxlen=WINDOW)
        self._seq = self._window[-1].seq if self._window else 0
        self._first_in_file = current[0].seq if current else self.next_seq
        self._arrived = asyncio.Condition()
        self._ends = False

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
        if size and size + len(lines) > self._most:
            self._drop_the_oldest()
            size = 0
        written = self._file.write(lines)
        if written != len(lines):
            os.ftruncate(self._file.fileno(), size)
            raise OSError(errno.ENOSPC, "the disk took only a part of the notification")

    def _drop_the_oldest(self) -> None:
        """Readers get what is on disk: memory has the same bound."""
        aside = self._path.with_suffix(".new")
        fresh = aside.open("ab", buffering=0)
        self._path.replace(self._before)
        aside.replace(self._path)
        self._file.close()
        self._file = fresh
        while self._window and self._window[0].seq < self._first_in_file:
            self._window.popleft()
        self._first_in_file = self.next_seq

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
                await self._arrived.wait_for(lambda: self._seq > seq or self._ends)
        except TimeoutError:
            pass
        return self.after(seq)

    async def end_waits(self) -> None:
        """From now on nobody waits."""
        self._ends = True
        async with self._arrived:
            self._arrived.notify_all()

    def close(self) -> None:
        self._file.close()
        os.close(self._lock)


def _lock(path: Path) -> int:
    """Held until it is closed, or its process ends, however that ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise OSError(errno.EBUSY, "another receiver writes to it") from None
    return descriptor


def _whole_lines(path: Path) -> Iterable[bytes]:
    """The last line is torn where the receiver was killed while it wrote it: its sender got no answer, and comes again."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        yield from (line for line in lines if line.endswith(b"\n"))


def _read(path: Path) -> Iterable[Notification]:
    """Every notification of a file, and nothing else that may be in it."""
    for line in _whole_lines(path):
        try:
            yield Notification.model_validate_json(line)
        except ValidationError:
            continue
