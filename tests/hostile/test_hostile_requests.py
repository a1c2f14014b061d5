"""The supervisor's socket: every line gets an answer, a refusal where it is no request; the next client is served."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from simulator.erpgo.stack.supervisor.control import Control
from simulator.erpgo.stack.supervisor.protocol import (
    LINE_LIMIT,
    HoldRequest,
    LeaseRequest,
    RefusedAnswer,
    ReleaseRequest,
    RenewRequest,
    StatusAnswer,
    StatusRequest,
    answer_adapter,
    to_line,
)
from simulator.erpgo.stack.supervisor.server import Server
from tests.fakes.stack_info import stack_info
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import documents

REQUESTS = [
    json.loads(request.model_dump_json())
    for request in (
        LeaseRequest(holder="a test"),
        HoldRequest(service="api", how="frozen", owner="simulator-1"),
        ReleaseRequest(owner="simulator-1"),
        RenewRequest(),
    )
]
ANSWERS_WITHIN = 10.0


class Socket:
    """The real server around a stack without services, and clients of it."""

    def __init__(self, folder: Path, runner: asyncio.Runner) -> None:
        self._path = folder / "s"
        self._runner = runner
        info = stack_info(folder, temporary=False, socket=self._path)
        self._server = Server(Control(info, {}))
        self.listening = runner.run(self._server.listen(self._path))

    def ask(self, content: bytes) -> list[object]:
        """All answers to what is sent at once, by a client that then hears until the other side is done."""
        return self._runner.run(self._ask(content))

    async def _ask(self, content: bytes) -> list[object]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        async with asyncio.timeout(ANSWERS_WITHIN):
            try:
                writer.write(content)
                writer.write_eof()
                answers = (await reader.read()).splitlines()
            except ConnectionError:  # it said no and hung up before all was written
                answers = []
            writer.close()
        return [answer_adapter.validate_json(line) for line in answers]

    def close(self) -> None:
        self.listening.close()
        self._runner.run(self._server.finish(1.0))


@pytest.fixture
def served() -> Iterator[Socket]:
    with (
        tempfile.TemporaryDirectory() as short,
        asyncio.Runner() as runner,
    ):  # a socket's path has 107 bytes at most
        socket = Socket(Path(short), runner)
        yield socket
        socket.close()


@many(1200)
@given(documents(*REQUESTS))
def test_lines_that_are_no_requests(attempts: Attempts, served: Socket, line: bytes) -> None:
    with attempts.one():
        answers = served.ask(line.replace(b"\n", b" ") + b"\n")
    assert len(answers) == 1 or len(line) > LINE_LIMIT
    assert isinstance(served.ask(to_line(StatusRequest()))[0], StatusAnswer)


def test_a_line_without_end(attempts: Attempts, served: Socket) -> None:
    with attempts.one():
        (answer,) = served.ask(b" " * (LINE_LIMIT + 1))
    assert answer == RefusedAnswer(reason=f"not a request: a line is longer than {LINE_LIMIT} bytes")
    with attempts.one():
        served.ask(b"x" * (100 * LINE_LIMIT))
    assert isinstance(served.ask(to_line(StatusRequest()))[0], StatusAnswer)
