"""The synchronous client: bring a stack up, find it, take it down, hold its services.

Plain sockets with short timeouts: it works under gevent's patched sockets, and from asyncio in a thread.
"""

import dataclasses
import os
import select
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pydantic import ValidationError

from simulator.base.errors import BadInput, StackError
from simulator.erpgo.stack.supervisor import binaries
from simulator.erpgo.stack.supervisor.launch import exclusive, launch
from simulator.erpgo.stack.supervisor.paths import StackFolder, check_reachable, embedded_folder
from simulator.erpgo.stack.supervisor.protocol import (
    LINE_LIMIT,
    DoneAnswer,
    DownRequest,
    Hold,
    HoldRequest,
    HoldsAnswer,
    HoldsRequest,
    How,
    KeepRequest,
    LeaseRequest,
    RefusedAnswer,
    ReleaseRequest,
    RenewRequest,
    Request,
    StackInfo,
    StatusAnswer,
    StatusRequest,
    answer_adapter,
    to_line,
)

__all__ = [
    "Connection",
    "Refused",
    "StackInfo",
    "StackOptions",
    "down",
    "embedded_folder",
    "running",
    "up",
]

_Expected = TypeVar("_Expected", bound=StatusAnswer | HoldsAnswer | DoneAnswer)

_ANSWER_WITHIN_S = 10.0
_PROBE_WITHIN_S = 3.0
_DOWN_WITHIN_S = 30.0


class Refused(StackError):
    """The supervisor understood and refused: the service is held by another, or may not be touched."""


@dataclasses.dataclass(frozen=True)
class StackOptions:
    """How to start an embedded stack."""

    scrape_interval_s: float = 2.0
    """Prometheus's scrape and evaluation interval."""
    own_routing: Path | None = None
    """An Alertmanager file with the user's own receivers and route, used beside ours."""

    def arguments(self) -> list[str]:
        own = ["--own-routing", str(self.own_routing)] if self.own_routing else []
        return ["--scrape-interval", str(self.scrape_interval_s), *own]


def up(
    instance_folder: Path,
    *,
    temporary: bool = False,
    say: Callable[[str], None] = lambda _: None,
    options: StackOptions | None = None,
) -> StackInfo:
    """Start the embedded stack of this folder, or join it where it runs already.

    A temporary stack ends with its last lease; joining it without `temporary` makes it stay.

    Raises:
        BadInput: the folder cannot be used by the user the servers run as.
        StackError: what did not come up, what was observed, where its log is. Nothing is left running.
    """
    folder = StackFolder(instance_folder.absolute())
    _make(folder.instance_folder)
    check_reachable(folder.instance_folder)
    with exclusive(folder):
        if (there := running(instance_folder)) is not None:
            return _join(there, temporary=temporary, say=say)
        binaries.prefetch(say)
        asked = ["--instance-folder", str(folder.instance_folder), *(options or StackOptions()).arguments()]
        command = [
            sys.executable,
            "-m",
            "simulator.erpgo.stack.supervisor",
            *asked,
            *(["--temporary"] if temporary else []),
        ]
        return launch(command, folder, say)


def running(instance_folder: Path) -> StackInfo | None:
    """The stack of this folder if its supervisor answers; a stack.json left by a killed one counts as none.

    Raises:
        StackError: a supervisor is there and does not answer.
    """
    info = _recorded(StackFolder(instance_folder.absolute()))
    if info is None:
        return None
    try:
        with Connection(info, timeout_s=_PROBE_WITHIN_S) as connection:
            return connection.status().info
    except StackError as error:
        if isinstance(error.__cause__, ConnectionRefusedError | FileNotFoundError):
            return None
        raise


def has_ended(stack: StackInfo) -> bool:
    """Whether its supervisor has ended in order, with everything that ran there: a killed one leaves its stack.json."""
    return not StackFolder(stack.folder).info_file.exists()


def down(instance_folder: Path) -> bool:
    """Stop the stack of this folder; returns when all its processes are gone. False: none was running.

    Raises:
        StackError: the supervisor did not finish within the deadline.
    """
    info = running(instance_folder)
    if info is None:
        return False
    with Connection(info, timeout_s=_DOWN_WITHIN_S) as connection:
        connection.down()
    return True


class Connection:
    """A connection to the supervisor: all it leases and holds is released when it closes.

    Threads may share it: a renewal waits for the answer to a request before it.
    """

    def __init__(self, info: StackInfo, timeout_s: float = _ANSWER_WITHIN_S) -> None:
        self._info = info
        self._buffer = b""
        self._one_at_a_time = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(str(info.socket))
        except OSError as error:
            self._socket.close()
            raise self._lost(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def status(self) -> StatusAnswer:
        """The stack, its services and its lease holders."""
        return self._ask(StatusRequest(), StatusAnswer)

    def lease(self, holder: str, period_s: float = 30.0) -> None:
        """Keep the stack while this connection is open and renewed at least every `period_s` seconds."""
        self._ask(LeaseRequest(holder=holder, period_s=period_s), DoneAnswer)

    def hold(self, service: str, how: How, owner: str, lease_s: float = 3.0) -> tuple[Hold, ...]:
        """Kill or freeze a service and keep it so; returns when it is done, with all holds in force.

        Raises:
            Refused: another holds it, or it may not be held.
        """
        return self._ask(
            HoldRequest(service=service, how=how, owner=owner, lease_s=lease_s), HoldsAnswer
        ).holds

    def renew(self) -> None:
        """Renew every lease and hold of this connection."""
        self._ask(RenewRequest(), DoneAnswer)

    def release(self, owner: str) -> None:
        """Release all holds of an owner, from any connection; returns when the services were started again."""
        self._ask(ReleaseRequest(owner=owner), DoneAnswer)

    def holds(self) -> tuple[Hold, ...]:
        """The holds in force."""
        return self._ask(HoldsRequest(), HoldsAnswer).holds

    def keep(self) -> None:
        """Make a temporary stack stay until `down`."""
        self._ask(KeepRequest(), DoneAnswer)

    def down(self) -> None:
        """Stop the stack; returns when its servers and its supervisor are gone."""
        self._ask(DownRequest(), DoneAnswer)
        _await_end(self._info)

    def close(self) -> None:
        self._socket.close()

    def _ask(self, request: Request, expected: type[_Expected]) -> _Expected:
        try:
            with self._one_at_a_time:
                self._socket.sendall(to_line(request))
                answer = answer_adapter.validate_json(self._line())
        except (OSError, ValidationError) as error:
            self.close()  # a late answer must not be taken for that of the next request
            raise self._lost(error) from error
        if isinstance(answer, RefusedAnswer):
            raise Refused(f"stack {self._info.instance}: {answer.reason}")
        if not isinstance(answer, expected):
            raise self._lost(TypeError(f"{request.request} was answered by {answer.answer}"))
        return answer

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            read = self._socket.recv(65_536)
            if not read:
                raise ConnectionResetError("it closed the connection")
            self._buffer += read
            if len(self._buffer) > LINE_LIMIT:
                raise ConnectionAbortedError(f"it sent more than {LINE_LIMIT} bytes in one line")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _lost(self, error: Exception) -> StackError:
        return StackError(
            f"stack {self._info.instance}: its supervisor (pid {self._info.pid}) did not answer on {self._info.socket} "
            f"(last: {str(error) or type(error).__name__}); see {self._info.log('supervisor')}"
        )


def _make(instance_folder: Path) -> None:
    try:
        instance_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"stack folder {instance_folder} cannot be made: {error}; set XDG_STATE_HOME"
        ) from error


def _recorded(folder: StackFolder) -> StackInfo | None:
    try:
        return StackInfo.model_validate_json(folder.info_file.read_bytes())
    except (
        FileNotFoundError,
        NotADirectoryError,
        ValidationError,
    ):  # another version's file is no running stack of ours
        return None


def _join(info: StackInfo, *, temporary: bool, say: Callable[[str], None]) -> StackInfo:
    say(f"stack {info.instance} is running already (pid {info.pid})")
    if not info.temporary or temporary:
        return info
    with Connection(info) as connection:
        connection.keep()
        return connection.status().info


def _await_end(info: StackInfo) -> None:
    try:
        handle = os.pidfd_open(info.pid)
    except ProcessLookupError:
        return
    try:
        gone, _, _ = select.select([handle], [], [], _DOWN_WITHIN_S)
    finally:
        os.close(handle)
    if not gone:
        raise StackError(
            f"stack {info.instance}: supervisor {info.pid} is still there {_DOWN_WITHIN_S:g} s after `down`"
        )
