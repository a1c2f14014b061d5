"""Lets an engine die at one point of its life, and looks at what is left of its faults."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import DoorError
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.openfaults import OpenFaults
from simulator.environments.registry import resolve
from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.faults import FaultRecord, Patience, fault_named
from tests.crash.points import CONTRACT, Death, Point
from tests.customer import Customer
from tests.fakes.engine_copy import hasty_engine, instead
from tests.fakes.locust import EngineGone, FakeLocust
from tests.stack.waiting import eventually

GONE_WITHIN = 5.0
"""Seconds from the engine's death until nothing is left of its faults, their records included, and orders flow."""
LOOK_WITHIN = 30.0
"""Seconds for which it is looked at, to tell late from never."""
DIES = """\
global _times; _times = globals().get("_times", 0) + 1
import os, sys; getattr(sys.modules["__main__"].__spec__, "name", "") == "simulator.engine.__main__" and _times == {nth} and os.kill(os.getpid(), 9)"""
"""Only in the engine: its guard runs the same code when it undoes."""


class EngineOutlived(AssertionError):
    """The engine never came to the point: its fault did not bite."""


class Aftermath(NamedTuple):
    """What was found after the engine's death, in seconds since."""

    gone: float
    """Until each fault's own check, asked from another process, said that it is gone."""
    orders_flow: float
    records_gone: float


@dataclass(frozen=True)
class CrashLab:
    """A stack, and a folder for what its runs leave."""

    stack: StackInfo
    folder: Path

    @property
    def open_faults(self) -> OpenFaults:
        return OpenFaults(self.stack.folder / "open")

    def kill_at(self, point: Point) -> Aftermath:
        """Run an experiment until its engine dies; fails where something is left of it for too long.

        Raises:
            EngineOutlived: it did not die.
        """
        locust = self.locust(point.death, dies_at=point)
        try:
            locust.run(within=120.0)
        except EngineGone:
            return self.look(time.monotonic())
        raise EngineOutlived(point.name)

    def locust(
        self,
        death: Death,
        observe: str = "1s",
        dies_at: Point | None = None,
        undo_within: float | None = None,
    ) -> FakeLocust:
        """A Locust whose engine waits for nothing before its faults, nor after them, and tries an undo for so many seconds."""
        copy = hasty_engine(self.folder / "copy")
        if undo_within is not None:
            usual, hasty = f"within: float = {Patience().within}", f"within: float = {undo_within}"
            copy.change(CONTRACT, instead(usual, hasty))
        if dies_at is not None:
            copy.insert(dies_at.moment.path, dies_at.moment.line, DIES.format(nth=dies_at.nth))
        experiment = self.folder / "dies.yaml"
        faults = "".join(f"  - {{{fault}}}\n" for fault in death.faults)
        experiment.write_text(f"title: The engine dies\nfaults:\n{faults}observe: {observe}\n")
        locust = FakeLocust(self.stack, experiment, self.folder / "reports", copy.root)
        locust.shoppers = death.shoppers
        return locust

    def look(self, died: float) -> Aftermath:
        """When nothing was left of an engine that died at this moment (monotonic); fails where that takes for ever."""
        open_faults = self.open_faults
        records = open_faults.all()
        gone = self._since(died, "each fault is gone", lambda: is_gone(records))
        flow = self._since(died, "orders flow", lambda: an_order_is_taken(self.stack.url("api")))
        empty = self._since(died, "no record is left", lambda: not open_faults.paths())
        self.assert_all_ready()
        return Aftermath(gone, flow, empty)

    def assert_clean(self) -> None:
        """Within five seconds orders flow, no record is open, nothing is held, and every service is ready."""
        eventually("orders flow", lambda: an_order_is_taken(self.stack.url("api")), GONE_WITHIN)
        assert self.open_faults.paths() == []
        self.assert_all_ready()

    def _since(self, died: float, what: str, condition: Callable[[], bool]) -> float:
        eventually(what, condition, max(0.0, died + LOOK_WITHIN - time.monotonic()))
        return time.monotonic() - died

    def assert_all_ready(self) -> None:
        with Connection(self.stack) as connection:
            states = {name: service.state for name, service in connection.status().services.items()}
            assert set(states.values()) == {"ready"}, states
            assert connection.holds() == ()


def is_gone(records: Sequence[FaultRecord]) -> bool:
    """Each fault's own check, from another process than the one that injected it."""

    async def look() -> bool:
        clock = RunClock(SystemClock())
        doors = resolve("embedded").open(clock, UnlinkedWorkload(clock))
        try:
            checks = [await fault_named(record.fault).is_undone(record, doors) for record in records]
            return all(check.ok for check in checks)
        except DoorError:
            return False
        finally:
            await doors.close()

    return asyncio.run(look())


def an_order_is_taken(url: str) -> bool:
    """Whether a customer can log in, choose and order."""
    try:
        with Customer(url) as customer:
            customer.orders()
    except httpx.HTTPError:
        return False
    return True
