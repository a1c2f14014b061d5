"""Starting server processes so that they cannot outlive the supervisor."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

from simulator.erpgo.stack.supervisor.service import Service, Step

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)  # looked up here: between fork and exec it would be unsafe


def become_subreaper() -> None:
    """Let orphaned descendants become children of this process instead of init's.

    Raises:
        OSError: the kernel refused.
    """
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")


def dies_with_parent(number: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `number` when the thread that starts the child ends."""
    parent = os.getpid()

    def between_fork_and_exec() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel knew whom to watch
            os._exit(1)

    return between_fork_and_exec


def start(service: Service, log: Path) -> "subprocess.Popen[bytes]":
    """Start the service's process in a session of its own; from the main thread only, see `dies_with_parent`.

    Raises:
        OSError: the program cannot be executed.
    """
    for leftover in service.stale:
        leftover.unlink(missing_ok=True)
    return _spawn(service, service.argv, log, subprocess.DEVNULL)


def start_step(service: Service, step: Step, log: Path) -> "subprocess.Popen[bytes]":
    """Start a step of the service's preparation.

    Raises:
        OSError: the program cannot be executed.
    """
    running = _spawn(service, step.argv, log, subprocess.PIPE)
    if running.stdin is None:
        raise AssertionError("a pipe was asked for")
    with running.stdin as told:
        told.write(step.stdin.encode())  # a few lines: they fit into the pipe, nothing waits here
    return running


def _spawn(
    service: Service, argv: tuple[str, ...], log: Path, stdin: int | IO[bytes]
) -> "subprocess.Popen[bytes]":
    account = service.account
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(service.env),
            cwd=service.cwd,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509  # one prctl call, no locks, no threads
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
