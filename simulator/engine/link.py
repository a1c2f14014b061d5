"""The engine's end of the wire to the plugin: JSON Lines in on stdin, out on the real stdout."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from typing import BinaryIO

from pydantic import ValidationError

from simulator.protocol import FromEngine, FromPlugin, Notified, Progress, from_plugin

QUEUE = 1000
"""Messages that wait for a slow reader; beyond that progress is dropped and counted."""
LINE_LIMIT = 1 << 20
"""Bytes: asyncio's own 64 KiB would raise on a long line."""
_DISPOSABLE = (Progress, Notified)
"""Not FaultState: the plugin's exit code rests on it when this process dies."""


def claim_stdout() -> BinaryIO:
    """Take stdout for the wire and let every stray print go to stderr instead."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    os.set_inheritable(out.fileno(), False)
    return out


class Link:
    """Hears the plugin, and tells it things without ever waiting for it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._queue: asyncio.Queue[FromEngine | None] = asyncio.Queue()
        self.dropped = 0
        """Progress messages lost to a slow reader."""

    def say(self, message: FromEngine) -> None:
        """Queue a message. Progress is lost, and counted, when the reader is far behind; commands never are."""
        if isinstance(message, _DISPOSABLE) and self._queue.qsize() >= QUEUE:
            self.dropped += 1
            return
        self._queue.put_nowait(message)

    async def pump(self) -> None:
        """Write what is queued, until `finish`; a reader that is gone is nobody's problem but its own."""
        os.set_blocking(self._out.fileno(), False)
        while (message := await self._queue.get()) is not None:
            rest = message.model_dump_json().encode() + b"\n"
            try:
                while rest:
                    rest = rest[await self._write(rest) :]
            except OSError:
                return

    def finish(self) -> None:
        """Let the pump end once the queue is empty."""
        self._queue.put_nowait(None)

    async def _write(self, data: bytes) -> int:
        """Write as much as the pipe takes; a full pipe suspends the pump and nothing else."""
        while True:
            try:
                return os.write(self._out.fileno(), data)
            except BlockingIOError:
                await self._room()

    async def _room(self) -> None:
        loop = asyncio.get_running_loop()
        room = asyncio.Event()
        loop.add_writer(self._out.fileno(), room.set)
        try:
            await room.wait()
        finally:
            loop.remove_writer(self._out.fileno())

    async def hear(self, heard: Callable[[FromPlugin], None]) -> None:
        """Pass on every message until the plugin closes its end."""
        if not _can_wait(sys.stdin.fileno()):
            return
        reader = asyncio.StreamReader(limit=LINE_LIMIT)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            try:
                message = from_plugin.validate_json(line)
            except ValidationError as error:
                print(f"engine: not a message: {line[:200]!r}: {error.errors()[0]['msg']}", file=sys.stderr)  # noqa: T201  stderr is this process's log
                continue
            heard(message)


def _can_wait(handle: int) -> bool:
    """Whether there is anything to wait for: `/dev/null` and files are at their end, and cannot be polled."""
    mode = os.fstat(handle).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(handle)
