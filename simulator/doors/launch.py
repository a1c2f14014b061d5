"""Becomes a program, once it is on disk which process that is: `python -I -S launch.py PARENT NOTE PROGRAM ARGUMENTS...`.

A program of its own, standard library only. Whoever finds the note can end the program and all its children, also after
the process that wanted it is dead. No program begins without a note: should that process die before it is written, the
kernel ends this one first.
"""

import ctypes
import json
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> int:
    """Returns only where the program cannot be started."""
    parent, note, program = int(arguments[0]), arguments[1], arguments[2:]
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it died before that was said
        return 1
    try:
        _write(note, json.dumps({"pid": os.getpid(), "started": started(os.getpid()), "boot": boot()}))
        _libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)
        os.execv(program[0], program)  # noqa: S606  a list, no shell
    except OSError as error:
        os.write(2, f"{error.filename or program[0]}: {error.strerror}\n".encode())
    return 127


def started(pid: int) -> int:
    """When a process began, in the kernel's ticks since boot: with its id it stands for no other. Raises OSError: it is gone."""
    with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  pathlib takes as long to load as all the rest
        return int(file.read().rpartition(b")")[2].split()[19])


def boot() -> str:
    """Which start of this machine this is."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123  as above
        return file.read().strip()


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(handle, text.encode())
    os.fsync(handle)
    os.close(handle)
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)  # noqa: PTH120  as above
    os.fsync(folder)
    os.close(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
