"""The supervisor's own minder: a tiny process that outlives it just long enough to clean up.

Servers die with the supervisor (PR_SET_PDEATHSIG), but what they started does not: a PostgreSQL backend that was
frozen never notices that its postmaster is gone. The keeper is the supervisor's parent and a subreaper, so
such orphans become its children, and it ends them. If the keeper itself is killed, the supervisor stops the stack.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable

from simulator.erpgo.stack.supervisor import descent
from simulator.erpgo.stack.supervisor.process import become_subreaper, dies_with_parent

_END_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.01


def keep(command: list[str]) -> int:
    """Detach, run the supervisor `command` with a private `--socket-folder`, clean up after it.

    Standard input is the starter's socket; it stays open here, so that the starter sees the end of everything.
    """
    if os.fork() > 0:
        os._exit(0)  # the starter waits for this one; what follows belongs to init
    become_subreaper()
    folder = tempfile.mkdtemp(prefix="simulator-", dir="/tmp")  # short enough for a socket's path, 0700
    try:
        return _run([*command, "--socket-folder", folder])
    finally:
        _end_children()
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    supervisor = subprocess.Popen(
        command,
        preexec_fn=_between_fork_and_exec(),  # noqa: PLW1509  # two system calls, no locks, no threads
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: supervisor.terminate())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    return supervisor.wait()


def _between_fork_and_exec() -> Callable[[], None]:
    dies = dies_with_parent(signal.SIGTERM)

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
        dies()

    return prepare


def _end_children() -> None:
    deadline = time.monotonic() + _END_WITHIN_S
    while (left := descent.children(os.getpid())) and time.monotonic() < deadline:
        for child in left:
            descent.kill(child.pid)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(_LOOK_EVERY_S)  # until the kernel has taken them down, or the deadline
