"""Looks at what a run shows to everybody on its machine: arguments of processes, and files."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import psutil

LOOK_EVERY = 0.1
"""Seconds."""


class Watching:
    """While the block lasts: every command line of a process and of all that came from it."""

    def __init__(self, pid: int) -> None:
        self.lines: set[str] = set()
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            with contextlib.suppress(psutil.NoSuchProcess):  # it ends by itself
                for one in (self._process, *self._process.children(recursive=True)):
                    self.lines.add(" ".join(one.cmdline()))


def leaks(secrets: Iterable[str], folder: Path) -> Iterator[str]:
    """Every file below a folder in which one of them stands."""
    known = [secret.encode() for secret in secrets]
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            yield from (f"{path}: {secret[:4]!r}..." for secret in known if secret in content)
