"""The supervisor's one run: bring the stack up, serve its socket, take the stack down."""

import asyncio
import contextlib
import shutil
import signal
import time

from simulator.base.errors import StackError
from simulator.base.paths import write_private
from simulator.erpgo.stack.supervisor import logs
from simulator.erpgo.stack.supervisor.boot import Boot
from simulator.erpgo.stack.supervisor.control import Control
from simulator.erpgo.stack.supervisor.orphans import Orphans
from simulator.erpgo.stack.supervisor.paths import StackFolder
from simulator.erpgo.stack.supervisor.plan import StackPlan
from simulator.erpgo.stack.supervisor.process import become_subreaper
from simulator.erpgo.stack.supervisor.protocol import StackInfo, StartFailed, StartProgress, StartReady, State
from simulator.erpgo.stack.supervisor.server import Server
from simulator.erpgo.stack.supervisor.starter import Starter
from simulator.erpgo.stack.supervisor.supervised import Supervised, Surroundings

_LOGS_EVERY_S = 10.0
_LAST_ANSWERS_S = 1.0


class Supervisor:
    """One stack, from its first process to its last."""

    def __init__(self, plan: StackPlan, info: StackInfo, starter: Starter) -> None:
        self._plan = plan
        self._info = info
        self._folder = StackFolder(info.folder)
        self._starter = starter
        self._began = time.monotonic()
        self._orphans = Orphans(self._own)
        around = Surroundings(changed=self._report, clear_orphans=self._orphans.clear)
        self._supervised = {
            one.name: Supervised(one, self._folder.log(one.name), around) for one in plan.services
        }
        self._control = Control(info, self._supervised)

    async def run(self) -> None:
        """Run until somebody ends the stack; leaves no server, no socket and no stack.json.

        Raises:
            StackError: the stack did not come up; the starter has been told why.
        """
        become_subreaper()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._control.ended.set)
        loop.add_signal_handler(signal.SIGCHLD, self._orphans.reap)
        server = Server(self._control)
        listening = await server.listen(self._info.socket)
        try:
            async with asyncio.TaskGroup() as lives:
                await self._live(lives)
        except* StackError as errors:
            raise errors.exceptions[0] from None
        finally:
            listening.close()
            await server.finish(_LAST_ANSWERS_S)
            shutil.rmtree(self._info.socket.parent, ignore_errors=True)  # the keeper may be dead
            self._starter.close()

    async def _live(self, lives: asyncio.TaskGroup) -> None:
        tidy = lives.create_task(self._keep_logs_small())
        lives.create_task(self._control.expire())
        self._starter.watch(self._control.ended.set)
        failed = ""
        try:
            await self._up_unless_ended(lives)
            await self._control.ended.wait()
        except StackError as error:
            failed = str(error)
            raise
        finally:
            self._control.ended.set()
            tidy.cancel()
            await self._stop_all()
            self._folder.info_file.unlink(missing_ok=True)
            self._control.stopped.set()
            self._starter.tell(StartFailed(reason=failed or "the stack was stopped before it was ready"))

    async def _up_unless_ended(self, lives: asyncio.TaskGroup) -> None:
        boot = asyncio.create_task(Boot(self._plan, self._folder, self._supervised).up(lives))
        ended = asyncio.create_task(self._control.ended.wait())
        try:
            await asyncio.wait((boot, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            unfinished = [task for task in (boot, ended) if task.cancel()]
            if unfinished:
                await asyncio.wait(unfinished)
        if not boot.cancelled():
            boot.result()
            self._announce()

    def _announce(self) -> None:
        self._control.ready()
        write_private(self._folder.info_file, self._info.model_dump_json(indent=2) + "\n")
        self._starter.tell(StartReady(info=self._info))
        self._starter.close()

    async def _stop_all(self) -> None:
        """In reverse order of start, side by side where nothing depends on it."""
        left = dict(self._supervised)
        while left:
            needed = {name for one in left.values() for name in one.service.after}
            wave = [left.pop(name) for name in list(left) if name not in needed]
            await asyncio.gather(*(one.stop() for one in wave))
        await self._orphans.clear()

    async def _keep_logs_small(self) -> None:
        while True:
            await asyncio.sleep(_LOGS_EVERY_S)  # a period, until the stack ends
            with contextlib.suppress(OSError):  # a full disk is no reason to end the stack
                logs.bound(self._folder)

    def _own(self) -> set[int]:
        return {pid for one in self._supervised.values() for pid in one.pids}

    def _report(self, service: str, state: State) -> None:
        at_s = round(time.monotonic() - self._began, 2)
        with contextlib.suppress(OSError):  # a full disk is no reason to end the stack
            print(f"{at_s:9.2f} {service} {state}", flush=True)  # noqa: T201  # stdout is the supervisor's log
        self._starter.tell(StartProgress(service=service, text=state, at_s=at_s))
