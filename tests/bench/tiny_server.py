"""The smallest HTTP server that can keep a load generator busy, and that can stall on command."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Answer = Callable[[str, str], bytes]
"""(method, path) -> JSON body."""


@dataclass
class TinyServer:
    """Its address; requests that arrive while it stalls are answered when the stall ends."""

    url: str
    _loop: asyncio.AbstractEventLoop
    _open: asyncio.Event

    def stall(self) -> None:
        self._loop.call_soon_threadsafe(self._open.clear)

    def resume(self) -> None:
        self._loop.call_soon_threadsafe(self._open.set)


@contextlib.contextmanager
def tiny_server(answer: Answer) -> Iterator[TinyServer]:
    """Serve on a free port from a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    opened = asyncio.Event()
    opened.set()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(lambda r, w: _converse(r, w, answer, opened), "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=10)
    try:
        yield TinyServer(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", loop, opened)
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    conversations = asyncio.all_tasks() - {asyncio.current_task()}
    for conversation in conversations:
        conversation.cancel()
    await asyncio.gather(*conversations, return_exceptions=True)


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, opened: asyncio.Event
) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError), contextlib.closing(writer):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            await reader.readexactly(_length(head))
            await opened.wait()
            body = answer(method, path)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )
            await writer.drain()


def _length(head: str) -> int:
    lowered = head.lower()
    at = lowered.find("content-length:")
    return int(lowered[at + 15 : lowered.index("\r\n", at)]) if at >= 0 else 0
