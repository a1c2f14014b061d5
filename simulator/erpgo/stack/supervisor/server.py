"""The Unix socket: lines in, lines out, and no client can harm the supervisor."""

import asyncio
import contextlib
import itertools
from pathlib import Path

from pydantic import ValidationError

from simulator.erpgo.stack.supervisor.control import Control
from simulator.erpgo.stack.supervisor.protocol import LINE_LIMIT, RefusedAnswer, request_adapter, to_line

_MOST_CONNECTIONS = 256
_LONGEST_REASON = 200
_READ_WITHIN_S = 5.0
"""A client that does not take its answer for this long is gone."""


class Server:
    """Serves `control` on a socket; a connection handles one request at a time."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._numbers = itertools.count(1)
        self._open: set[asyncio.Task[None]] = set()

    async def listen(self, socket: Path) -> asyncio.Server:
        return await asyncio.start_unix_server(self._accept, path=socket, limit=LINE_LIMIT)

    async def finish(self, within_s: float) -> None:
        """Let the connections take their last answers, then cut them off."""
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=within_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._open.add(task)
        number = next(self._numbers)
        try:
            with contextlib.suppress(OSError):  # gone
                await self._serve(number, reader, writer)
        finally:
            self._open.discard(task)
            writer.close()
            await self._control.closed(number)

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readline()
                if not line:
                    return
                request = request_adapter.validate_json(line)
            except ValueError as error:
                await _send(writer, to_line(RefusedAnswer(reason=f"not a request: {_why(error)}")))
                return
            await _send(writer, to_line(await self._control.answer(number, request)))
            if self._control.stopped.is_set():
                return
            await asyncio.sleep(
                0
            )  # readline does not yield while lines are buffered: a flood must let others in


def _why(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return error.errors(include_url=False)[0]["msg"][
            :_LONGEST_REASON
        ]  # pydantic may repeat the whole line
    return f"a line is longer than {LINE_LIMIT} bytes"  # asyncio's own words name no limit


async def _send(writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line)
    await asyncio.wait_for(writer.drain(), _READ_WITHIN_S)
