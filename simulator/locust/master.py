"""The side that sees all workers: their counts summed up, the population, the switches handed on."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gevent
import psutil
from gevent.event import Event
from locust.env import Environment
from locust.rpc import Message
from locust.runners import LocalRunner, MasterRunner

from simulator.base.protocol import Generators, Receipt, Switched, SwitchOff, SwitchOn, Traffic
from simulator.load.roll import LOST_AFTER, Roll
from simulator.load.tally import Tally
from simulator.locust.board import Board
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

REPORT_EVERY = 1.0
STALLED = 1.0
"""Seconds beyond `REPORT_EVERY` after which this process was itself too late to say who is silent."""
SILENCE = Traffic(offered=0, achieved=0, dropped=0, requests=0, failures=0, cpu_percent=0, users=0)
"""What no worker at all amounts to: said, so that silence is never taken for a plugin that hangs."""
ACKNOWLEDGED_WITHIN = 4.0
"""Seconds for all workers to take over a switch; a little less than the engine waits."""


@dataclass(frozen=True)
class _Reported:
    tally: Tally
    at: float


class Master:
    """Collects from the workers and tells them. `reported` is called once a second while traffic runs."""

    def __init__(
        self,
        environment: Environment,
        runner: LocalRunner | MasterRunner,
        board: Board,
        reported: Callable[[Traffic], None],
    ) -> None:
        self._environment = environment
        self._runner = runner
        self._board = board
        self._reported = reported
        self._process = psutil.Process()
        self._workers: dict[str, _Reported] = {}
        self._answers: dict[int, _Answers] = {}
        self._receipts: list[Receipt] | None = None
        self._ran = False
        self._roll = Roll()
        self.changed: Callable[[Generators], None] = _nobody
        """Called when a load generator is lost or joins."""
        runner.register_message(TALLY, self._on_tally)
        runner.register_message(SWITCHED, self._on_switched)
        on(environment.events.test_start, self._on_test_start)
        on(environment.events.spawning_complete, self._on_spawning_complete)
        on(environment.events.test_stopping, self._on_test_stopping)
        gevent.spawn(self._run)

    def switch(self, wanted: SwitchOn | SwitchOff) -> Switched:
        """Hand a switch to every worker; returns when all have answered, or not in time."""
        lease = wanted.lease if isinstance(wanted, SwitchOn) else 0.0
        settings = wanted.settings if isinstance(wanted, SwitchOn) else {}
        message = SwitchMessage(id=wanted.id, name=wanted.name, settings=settings, lease=lease)
        workers = self._runner.worker_count
        answers = self._answers[wanted.id] = _Answers(workers)
        try:
            self._runner.send_message(SWITCH, pack(message))
            complete = answers.complete.wait(ACKNOWLEDGED_WITHIN)
        finally:
            del self._answers[wanted.id]
        error = answers.error
        if not error and not complete:
            error = f"{answers.given} of {workers} workers answered within {ACKNOWLEDGED_WITHIN:g} s"
        return Switched(id=wanted.id, workers=answers.given, error=error)

    def _on_test_start(self, **_: Any) -> None:
        self._workers.clear()

    def _on_spawning_complete(self, **_: Any) -> None:
        if isinstance(self._runner, MasterRunner):  # in a local run nobody else can be lost
            self._roll.open([self._number(name) for name in self._runner.clients], time.monotonic())

    def _on_test_stopping(self, **_: Any) -> None:
        self._roll.close()

    def _number(self, worker: str) -> int:
        """Locust's number of a worker: its own name holds the host's."""
        if not isinstance(self._runner, MasterRunner):
            return 0
        return int(self._runner.get_worker_index(worker))  # type: ignore[no-untyped-call]

    def _tell(self, changes: list[Generators]) -> None:
        for change in changes:
            self.changed(change)

    def _on_switched(self, msg: Message, **_: Any) -> None:
        answer = SwitchedMessage.model_validate(msg.data)
        if answer.id in self._answers:
            self._answers[answer.id].take(answer)

    def _on_tally(self, msg: Message, **_: Any) -> None:
        message = TallyMessage.model_validate(msg.data)
        now = time.monotonic()
        self._workers[message.worker] = _Reported(message.tally, now)
        self._tell(self._roll.heard(self._number(message.worker), message.tally.offered, now))
        # A tally comes once; the latest one may be looked at again, for its rates.
        if message.tally.receipts is not None:
            self._receipts = [*(self._receipts or ()), *message.tally.receipts]
        totals = self._board.totals
        totals.offered += message.tally.offered
        totals.achieved += message.tally.achieved
        totals.dropped += message.tally.dropped

    def _run(self) -> None:
        while True:
            began = time.monotonic()
            gevent.sleep(REPORT_EVERY)
            now = time.monotonic()
            if now - began < REPORT_EVERY + STALLED:
                self._tell(self._roll.lost(now))
            oldest = now - LOST_AFTER
            self._workers = {name: one for name, one in self._workers.items() if one.at >= oldest}
            tallies = [one.tally for one in self._workers.values()]
            if not tallies:
                self._board.traffic = None
                if self._ran:
                    self._reported(SILENCE)
                continue
            self._ran = True
            everywhere = summed([tally.users for tally in tallies])
            self._runner.send_message(POPULATION, pack(PopulationMessage(everywhere=everywhere)))
            self._board.traffic = traffic(tallies, self._process.cpu_percent())
            receipts = None if self._receipts is None else tuple(self._receipts)
            self._receipts = None if receipts is None else []
            self._reported(self._board.traffic.model_copy(update={"receipts": receipts}))


def _nobody(_: Generators) -> None:
    pass


class _Answers:
    """The workers' answers to one switch."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self.given = 0
        self.error = ""
        self.complete = Event()

    def take(self, answer: SwitchedMessage) -> None:
        self.given += 1
        self.error = self.error or answer.error
        if self.given >= self._workers:
            self.complete.set()


def traffic(tallies: list[Tally], own_cpu_percent: float) -> Traffic:
    """The workers' latest tallies as rates per second, summed up."""

    def rate(count: Callable[[Tally], float]) -> float:
        return sum(count(tally) / tally.seconds for tally in tallies if tally.seconds > 0)

    names = {name for tally in tallies for name in tally.switches}
    counters = {name for tally in tallies for name in tally.counted}
    return Traffic(
        offered=rate(lambda tally: tally.offered),
        achieved=rate(lambda tally: tally.achieved),
        dropped=rate(lambda tally: tally.dropped),
        requests=rate(lambda tally: tally.requests),
        failures=rate(lambda tally: tally.failures),
        cpu_percent=min(100.0, max(own_cpu_percent, *(tally.cpu_percent for tally in tallies))),
        users=sum(sum(tally.users.values()) for tally in tallies),
        counted={name: rate(_counted(name)) for name in sorted(counters)},
        switches={name: rate(_events_of(name)) for name in names},
    )


def _events_of(switch: str) -> Callable[[Tally], float]:
    return lambda tally: tally.switches.get(switch, 0)


def _counted(counter: str) -> Callable[[Tally], float]:
    return lambda tally: tally.counted.get(counter, 0)


def summed(counts: list[Mapping[str, int]]) -> dict[str, int]:
    """Counts of the same things, added up."""
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return total
