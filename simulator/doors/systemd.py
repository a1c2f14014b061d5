"""The door to systemd: the units of one manager, asked through its own program."""

import asyncio
from pathlib import Path

from simulator.base.errors import DoorError
from simulator.base.values import Value

TIMEOUT = 5.0
"""Seconds for one answer: what takes longer, such as a start, is asked for and looked at later."""
LAST_WORDS = 300
"""Characters."""
STOPPED = "T"
"""The state of a process that SIGSTOP holds: proc(5)."""
_PROPERTIES = ("LoadState", "ActiveState", "FreezerState", "MainPID")
_STOPPED_WITH_IT = ("RequiredBy", "BoundBy", "ConsistsOf")
_STARTED_BY = ("TriggeredBy",)


class Unit(Value):
    """A unit, as its manager sees it; the words are systemd's."""

    load: str
    active: str
    freezer: str
    """Empty where the manager knows of no freezer."""
    pid: int
    """Of its main process; 0: it has none."""

    @property
    def is_down(self) -> bool:
        return self.active in ("inactive", "failed")

    @property
    def is_frozen(self) -> bool:
        """By the freezer, or by SIGSTOP."""
        return self.freezer in ("frozen", "freezing") or _state_of(self.pid) == STOPPED


class Systemd:
    """The units of the machine, or those of this user."""

    def __init__(self, *, user: bool = False, program: str = "systemctl") -> None:
        self._command = (program, *(("--user",) if user else ()), "--no-ask-password")

    async def unit(self, name: str) -> Unit:
        """Raises DoorError where there is no such unit."""
        said = await self._show(name, _PROPERTIES)
        if said.get("LoadState") != "loaded":
            raise DoorError(f"systemd has no unit {name}: it is {said.get('LoadState') or 'not known'}")
        pid = said.get("MainPID", "0")
        return Unit(
            load=said["LoadState"],
            active=said.get("ActiveState", ""),
            freezer=said.get("FreezerState", ""),
            pid=int(pid) if pid.isdecimal() else 0,
        )

    async def kill(self, name: str) -> None:
        """SIGKILL to all of it, and let it stay down whatever its own Restart= says. Idempotent."""
        await self._run("stop", "--no-block", name)  # first: what is being stopped is not started again
        if not (await self.unit(name)).is_down:
            await self._tried("kill", "--signal=SIGKILL", name)

    async def freeze(self, name: str) -> None:
        """Hold every process of it, by SIGSTOP where there is no freezer. Idempotent."""
        if not (await self.unit(name)).is_frozen and await self._tried("freeze", name):
            await self._run("kill", "--signal=SIGSTOP", name)

    async def start(self, name: str) -> None:
        """Let go of what is held and start what is down; how often it may start is counted from nothing. Idempotent."""
        if (await self.unit(name)).freezer in ("frozen", "freezing"):
            await self._run("thaw", name)
        if (await self.unit(name)).is_frozen:
            await self._run("kill", "--signal=SIGCONT", name)
        await self._tried("reset-failed", name)
        await self._run("start", "--no-block", name)

    async def stopped_with(self, name: str) -> tuple[str, ...]:
        """The units that run and would be stopped along with it."""
        return await self._running(name, _STOPPED_WITH_IT)

    async def started_by(self, name: str) -> tuple[str, ...]:
        """The units that run and would start it again, such as its socket or a timer."""
        return await self._running(name, _STARTED_BY)

    async def _running(self, name: str, relations: tuple[str, ...]) -> tuple[str, ...]:
        said = await self._show(name, relations)
        others = sorted({other for relation in relations for other in said.get(relation, "").split()})
        return tuple([other for other in others if not (await self.unit(other)).is_down])

    async def _show(self, name: str, properties: tuple[str, ...]) -> dict[str, str]:
        lines = (await self._run("show", f"--property={','.join(properties)}", name)).splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    async def _run(self, *arguments: str) -> str:
        """What it printed; raises DoorError with its last words where it failed."""
        code, printed, trouble = await self._ended(arguments)
        if code != 0:
            raise DoorError(f"systemctl {arguments[0]} {arguments[-1]} failed: {trouble[-LAST_WORDS:]}")
        return printed

    async def _tried(self, *arguments: str) -> bool:
        """Whether it failed."""
        code, _, _ = await self._ended(arguments)
        return code != 0

    async def _ended(self, arguments: tuple[str, ...]) -> tuple[int, str, str]:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise DoorError(f"{self._command[0]} cannot be started: {error.strerror}") from None
        try:
            async with asyncio.timeout(TIMEOUT):
                printed, trouble = await process.communicate()
        except TimeoutError:
            raise DoorError(f"systemctl {arguments[0]} did not answer within {TIMEOUT:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return (
            process.returncode or 0,
            printed.decode(errors="replace"),
            " ".join(trouble.decode(errors="replace").split()),
        )


def _state_of(pid: int) -> str:
    """Empty for one that is gone."""
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[0]
        )
    except OSError:
        return ""
