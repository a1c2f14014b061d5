"""Acts as programs: argument lists without a shell, in a process group of their own, with an environment that is told."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Literal, Self

from simulator.base.clock import RunClock
from simulator.base.errors import BadInput, DoorError
from simulator.base.secret import SecretReference, revealed
from simulator.base.values import Value
from simulator.doors import groups, launch
from simulator.doors.acts import ActFailed, Acts

BASICS = ("PATH", "HOME", "USER", "LOGNAME", "LANG")
"""All that a program finds in its environment besides what it is given."""
FAULT = "SIMULATOR_FAULT"
"""The variable that tells it the fault's id."""
BITES, HEALTHY = 0, 1
"""What a check exits with."""
LAST_WORDS = 4096
"""Bytes of what it said that are looked at, from the end."""

Name = Literal["arm", "inject", "check", "undo"]
LAUNCHED: tuple[Name, ...] = ("arm", "inject")
"""Those that may still run when whoever wanted them is dead."""


class Ended(Value):
    """How a program ended."""

    code: int
    """Below 0: the signal that ended it."""
    said: str
    """The last line of its errors."""

    def __str__(self) -> str:
        return f"exited {self.code}" if self.code >= 0 else f"was ended by signal {-self.code}"


class Programs(Acts):
    """The programs of one service. Secrets reach them in their environment, where no list of processes shows them."""

    lines: dict[Name, tuple[str, ...]]
    """Each a program and its arguments; that to arm may be missing."""
    secrets: dict[str, SecretReference] = {}
    """By the variable in which the program finds it."""
    folder: Path
    """In which they run."""
    notes: Path
    """The folder in which it is noted what runs."""
    environment: dict[str, str] = {}
    """The basics, as they were when the fault was planned."""

    @property
    def is_armed(self) -> bool:
        return "arm" in self.lines

    def ready(self) -> Self:
        basics = {name: os.environ[name] for name in BASICS if name in os.environ}
        self._revealed()
        try:
            self.notes.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DoorError(f"it cannot be noted what runs: {self.notes}: {error.strerror}") from None
        found = {name: (self._found(line[0], basics), *line[1:]) for name, line in self.lines.items()}
        return self.model_copy(update={"lines": found, "environment": basics})

    async def inject(self, fault_id: str) -> None:
        for name in LAUNCHED:
            if name in self.lines:
                await self._well(name, fault_id, self._launched(name, fault_id))

    async def bites(self, fault_id: str) -> bool:
        ended = await self._run("check", fault_id, self.lines["check"])
        if ended.code not in (BITES, HEALTHY):
            raise ActFailed(f"check {ended} (unknown)", ended.said)
        return ended.code == BITES

    def is_at_work(self, fault_id: str) -> bool:
        return any(groups.runs(self._note(name, fault_id)) for name in LAUNCHED)

    async def stop(self, fault_id: str, clock: RunClock) -> None:
        for name in LAUNCHED:
            await groups.end(self._note(name, fault_id), clock)

    async def undo(self, fault_id: str) -> None:
        await self._well("undo", fault_id, self.lines["undo"])

    def _note(self, name: Name, fault_id: str) -> Path:
        return self.notes / f"{fault_id}.{name}"

    def _launched(self, name: Name, fault_id: str) -> tuple[str, ...]:
        """The same, begun by whoever notes first which process that is."""
        launcher = (sys.executable, "-I", "-S", launch.__file__, str(os.getpid()))
        return (*launcher, str(self._note(name, fault_id)), *self.lines[name])

    async def _well(self, name: Name, fault_id: str, line: tuple[str, ...]) -> None:
        ended = await self._run(name, fault_id, line)
        if ended.code != 0:
            raise ActFailed(f"{name} {ended}", ended.said)

    async def _run(self, name: Name, fault_id: str, line: tuple[str, ...]) -> Ended:
        secrets = self._revealed()
        errors = os.memfd_create(name)  # never a file: who knows what they print
        try:
            process = await asyncio.create_subprocess_exec(
                *line,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                env={**self.environment, **secrets, FAULT: fault_id},
                cwd=self.folder,
                start_new_session=True,
            )
            code = await self._end_of(name, process)
            return Ended(code=code, said=self._without(secrets, _last_line(errors)))
        except OSError as error:
            raise ActFailed(f"{name} cannot be started: {error.strerror}", str(error.filename)) from None
        finally:
            os.close(errors)

    async def _end_of(self, name: Name, process: asyncio.subprocess.Process) -> int:
        """Whoever is still at it when its time is up, or when nobody waits any more, is ended with all its children."""
        try:
            async with asyncio.timeout(self.timeout):
                return await process.wait()
        except TimeoutError:
            raise ActFailed(f"{name} did not end within {self.timeout:g} s") from None
        finally:
            if process.returncode is None:
                groups.kill(process.pid)
                await process.wait()

    def _found(self, program: str, basics: dict[str, str]) -> str:
        """Its absolute path: whoever undoes may have another PATH."""
        named = str(self.folder / program) if "/" in program else program
        found = shutil.which(named, path=basics.get("PATH"))
        if found is None:
            raise DoorError(
                f"there is no program {program!r} that can be run, neither by its path nor on PATH"
            )
        return os.path.abspath(found)  # noqa: PTH100  links stay: some programs ask what they are called

    def _revealed(self) -> dict[str, str]:
        try:
            return {name: revealed(reference) for name, reference in self.secrets.items()}
        except BadInput as error:
            raise DoorError(str(error)) from None

    def _without(self, secrets: dict[str, str], text: str) -> str:
        for name, secret in secrets.items():
            text = text.replace(secret, self.secrets[name])
        return text


def _last_line(handle: int) -> str:
    size = os.fstat(handle).st_size
    lines = os.pread(handle, LAST_WORDS, max(0, size - LAST_WORDS)).decode(errors="replace").splitlines()
    whole = lines[1:] if size > LAST_WORDS else lines  # half a secret would not be known for one
    return next((line.strip() for line in reversed(whole) if line.strip()), "")
