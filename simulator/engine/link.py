"""The engine's end of the wire to the plugin: JSON Lines in on stdin, out on the real stdout."""

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import Callable
from typing import BinaryIO, TextIO

from pydantic import ValidationError

from simulator.base.protocol import LINE_LIMIT, FromEngine, FromPlugin, Notified, Progress, from_plugin
from simulator.base.values import complaint

QUEUE = 1000
"""Messages that wait for a slow reader; beyond that progress is dropped and counted."""
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

    @property
    def wire(self) -> int:
        """The descriptor on which Locust hears this process."""
        return self._out.fileno()

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

    async def hear(self, heard: Callable[[FromPlugin], None], source: TextIO = sys.stdin) -> None:
        """Pass on every message until the plugin closes its end."""
        if not _can_wait(source.fileno()):
            return
        reader = asyncio.StreamReader(limit=LINE_LIMIT)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
        while line := await _line(reader):
            try:
                message = from_plugin.validate_json(line)
            except ValidationError as error:
                _complain(f"not a message: {line[:200]!r}: {complaint(error)}")
                continue
            heard(message)


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line, or its rest where the sender went away; empty at the end. Longer ones are left out."""
    skipped = 0
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            line = error.partial
        except asyncio.LimitOverrunError as error:
            skipped += len(await reader.readexactly(error.consumed))
            continue
        if not skipped:
            return line
        _complain(f"not a message: a line of {skipped + len(line)} bytes, at most {LINE_LIMIT} are read")
        skipped = 0


def _complain(text: str) -> None:
    """Say it on stderr, this process's log; one that was closed must not make the engine deaf."""
    with contextlib.suppress(OSError):
        print(f"engine: {text}", file=sys.stderr)  # noqa: T201  as above


def _can_wait(handle: int) -> bool:
    """Whether there is anything to wait for: `/dev/null` and files are at their end, and cannot be polled."""
    mode = os.fstat(handle).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(handle)
