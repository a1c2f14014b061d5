"""The side that makes the load: each worker, and the only process of a local run."""

import ctypes
import os
import secrets
import signal
from collections.abc import Iterable
from typing import Any

import gevent
import psutil
from gevent.event import AsyncResult
from locust.env import Environment
from locust.rpc import Message
from locust.runners import LocalRunner, WorkerRunner

from simulator.base.errors import BadInput, HarnessError
from simulator.load.demand import Demand, Population
from simulator.load.desk import Desk
from simulator.load.shapes import SHAPES
from simulator.load.tally import Counters
from simulator.locust.floor import Floor
from simulator.locust.hooks import on
from simulator.locust.messages import (
    POPULATION,
    SWITCH,
    SWITCHED,
    TALLY,
    PopulationMessage,
    SwitchedMessage,
    SwitchMessage,
    TallyMessage,
    pack,
)
from simulator.locust.options import Options
from simulator.locust.persona import Persona
from simulator.locust.pump import Pump, clock

TALLY_EVERY = 1.0
HERE_WITHIN = 60.0
"""Seconds between a worker's connecting to the master and Locust's `init` there."""
_PR_SET_PDEATHSIG = 1


class Worker:
    """Arrivals, switches and counts of this process."""

    def __init__(self, environment: Environment, runner: LocalRunner | WorkerRunner) -> None:
        self._environment = environment
        self._runner = runner
        self._process = psutil.Process()
        self._floor: Floor | None = None
        events = environment.events
        on(events.test_stop, self._on_test_stop)
        on(events.request, self._on_request)
        runner.register_message(POPULATION, self._on_population)
        runner.register_message(SWITCH, self._on_switch, concurrent=True)
        gevent.spawn(self._report)

    def begin(self) -> None:
        """A test starts: lay the floor on which its users wait for arrivals."""
        options = Options.of(self._environment)
        index = max(0, self._runner.worker_index)
        personas = [kind for kind in self._environment.user_classes if issubclass(kind, Persona)]
        demand = Demand({kind.__name__: kind.quota for kind in personas}, options.arrivals_per_second)
        desk = Desk(
            demand,
            SHAPES[options.shape],
            f"{options.request.simulator_seed}/{index}",
            clock(),
            counters_of(personas),
        )
        self._stop_pump()
        self._floor = Persona.floor = Floor(
            seed=str(options.request.simulator_seed),
            run=secrets.token_hex(4),
            worker=index,
            desk=desk,
            pump=Pump(desk),
        )
        for kind in personas:
            kind.prepare(self._floor)

    def _on_test_stop(self, **_: Any) -> None:
        self._stop_pump()
        self._floor = None

    def _stop_pump(self) -> None:
        if self._floor is not None:
            self._floor.pump.stop()

    def _on_request(self, exception: BaseException | None, **_: Any) -> None:
        if self._floor is not None:
            self._floor.desk.counts.requests += 1
            self._floor.desk.counts.failures += exception is not None

    def _on_population(self, msg: Message, **_: Any) -> None:
        if self._floor is not None:
            everywhere = PopulationMessage.model_validate(msg.data).everywhere
            self._floor.desk.population = Population(self._runner.user_classes_count, everywhere)
            self._floor.pump.changed()

    def _on_switch(self, msg: Message, **_: Any) -> None:
        wanted = SwitchMessage.model_validate(msg.data)
        answer = SwitchedMessage(id=wanted.id, worker=self._runner.client_id, error=self._turn(wanted))
        self._runner.send_message(SWITCHED, pack(answer))

    def _turn(self, wanted: SwitchMessage) -> str:
        """Take a switch over; says why not, or nothing."""
        if self._floor is None:
            return "no traffic runs on this worker" if wanted.lease > 0 else ""
        board = self._floor.desk.switchboard
        try:
            if wanted.lease > 0:
                board.turn_on(wanted.name, wanted.settings, wanted.lease, clock())
            else:
                board.turn_off(wanted.name)
        except BadInput as error:
            return str(error)
        self._floor.pump.changed()
        return ""

    def _report(self) -> None:
        """Tell the master every second what was counted, for as long as this process lives."""
        while True:
            gevent.sleep(TALLY_EVERY)
            if (floor := self._floor) is not None:
                tally = floor.desk.tally(
                    clock(), self._process.cpu_percent(), self._runner.user_classes_count
                )
                message = TallyMessage(worker=self._runner.client_id, tally=tally)
                self._runner.send_message(TALLY, pack(message))


class WorkerStart:
    """Begins the test on this process' worker, and not before there is one.

    A worker of Locust hears its master before Locust fires `init` in it (https://github.com/locustio/locust/issues/1730).
    On a busy machine its users would be made while there is no floor for them, and the worker would carry no traffic.
    """

    def __init__(self) -> None:
        self._worker: AsyncResult[Worker | None] = AsyncResult()

    def settle(self, worker: Worker | None) -> None:
        """Say whose test it will be, once `init` is over: nobody's in a master, which makes no load."""
        self._worker.set(worker)

    def on_test_start(self, **_: Any) -> None:
        """Locust's event; no user is made before this returns.

        Raises:
            HarnessError: Locust has not fired `init`.
        """
        try:
            worker = self._worker.get(timeout=HERE_WITHIN)
        except gevent.Timeout:
            raise HarnessError(
                f"worker process {os.getpid()} carries no traffic: Locust has not fired `init` in it within"
                f" {HERE_WITHIN:g} s; start the run again"
            ) from None
        if worker is not None:
            worker.begin()


def counters_of(personas: Iterable[type[Persona]]) -> Counters:
    """What these personas count between them."""
    kinds = list(personas)
    return Counters(
        names=frozenset(name for kind in kinds for name in kind.counts),
        receipts=any(kind.keeps_receipts for kind in kinds),
    )


def die_with_parent() -> None:
    """Let the kernel end this worker when the master it was forked from is killed; it would send on for long."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() == 1:  # the parent was gone before we asked
        os.kill(os.getpid(), signal.SIGTERM)
