"""Other ways in which a run goes wrong than an engine that dies: each leaves nothing behind."""

import os
import signal
import threading
from collections.abc import Callable

import psutil
import pytest

from simulator.base.errors import ExitCode
from simulator.base.protocol import FaultState, Finished, FromEngine, Progress
from simulator.erpgo.stack.supervisor.client import Connection
from simulator.plan.request import RunRequest
from tests.cli.commands import engine, simulator
from tests.crash.lab import GONE_WITHIN, CrashLab, is_gone
from tests.crash.points import Death
from tests.fakes.locust import EngineGone, FakeLocust
from tests.stack.waiting import eventually

LEASED = Death("leased", ("fault: service-kill, service: redis-exporter", "fault: cache-flood"))
IN_EACH_OTHERS_WAY = Death(
    "in-each-others-way", ("fault: service-kill, service: redis", "fault: cache-flood")
)
HUNG = Death("hung", ("fault: service-hang, service: redis",))
HARMED = Death(
    "harmed", ("fault: memory-pressure, share: 0.5", "fault: slow-handler, delay: 50ms, share: 0.1")
)
LOCKED = Death("locked", ("fault: db-pool-exhaust",), shoppers=25)

End = Callable[[CrashLab], None]


def guard_killed_too(lab: CrashLab) -> None:
    """Leases and timers end without anybody's help; the record is there for the next start."""

    def kill_both(locust: FakeLocust) -> None:
        process = psutil.Process(locust.engine.pid)
        process.suspend()  # or it would have a new guard before its own end
        for child in process.children():
            child.kill()
        process.kill()

    with pytest.raises(EngineGone):
        _run(lab.locust(HUNG, observe="10s"), once_it_bites=kill_both)
    records = lab.open_faults.all()
    assert [record.fault for record in records] == ["service-hang"]
    eventually("the fault is gone", lambda: is_gone(records), GONE_WITHIN)
    assert simulator("undo").code == ExitCode.MET
    lab.assert_clean()


def target_killed_meanwhile(lab: CrashLab) -> None:
    """The frozen process is killed by somebody else."""
    _ends_by_itself(_run(lab.locust(HUNG, observe="5s"), once_it_bites=lambda _: _kill(lab, "redis")))
    lab.assert_clean()


def target_replaced_meanwhile(lab: CrashLab) -> None:
    """The API is started anew while harm is ordered of it; the harm begins anew, and ends all the same."""
    _ends_by_itself(_run(lab.locust(HARMED, observe="8s"), once_it_bites=lambda _: _kill(lab, "api")))
    lab.assert_clean()


def database_restarted_under_a_lock(lab: CrashLab) -> None:
    """The lock goes with its session."""
    _ends_by_itself(_run(lab.locust(LOCKED, observe="8s"), once_it_bites=lambda _: _kill(lab, "postgres")))
    lab.assert_clean()


def stopped_while_injecting(lab: CrashLab) -> None:
    locust = lab.locust(LEASED)

    def react(message: FromEngine, _: FakeLocust) -> None:
        if isinstance(message, Progress) and message.text.endswith("injecting"):
            locust.stop()

    assert locust.run(react, within=120.0).code == ExitCode.ABORTED
    lab.assert_clean()


def stopped_again_and_again_while_undoing(lab: CrashLab) -> None:
    """Whoever is impatient does not get their way: the undo is finished first."""
    pause = threading.Event()

    def hurry(locust: FakeLocust) -> None:
        locust.stop()
        for number in (signal.SIGTERM, signal.SIGINT) * 15:
            os.kill(locust.engine.pid, number)
            pause.wait(0.05)

    assert _run(lab.locust(LEASED, observe="10s"), once_it_bites=hurry).code == ExitCode.ABORTED
    lab.assert_clean()


def undo_that_another_fault_keeps_from_working(lab: CrashLab) -> None:
    """Nobody can see that a cache is empty while it is down: it is looked at again when it is up."""
    _ends_by_itself(lab.locust(IN_EACH_OTHERS_WAY).run(within=150.0))
    lab.assert_clean()


def two_engines_at_once(lab: CrashLab) -> None:
    """The second is refused, and does not disturb the first."""
    refused = []

    def start_another(_: FakeLocust) -> None:
        refused.append(engine(RunRequest(gameday="smoke", reports=lab.folder)))

    _ends_by_itself(_run(lab.locust(HUNG, observe="30s"), once_it_bites=start_another))
    assert refused[0].code == ExitCode.ABORTED
    assert "is under way on this stack" in refused[0].complaint
    lab.assert_clean()


def no_room_for_the_record(lab: CrashLab) -> None:
    """Whatever cannot be recorded is not injected."""
    folder = lab.open_faults.folder
    for path in folder.glob("*"):
        path.unlink()
    if folder.exists():
        folder.rmdir()
    folder.touch()
    seen: list[FromEngine] = []
    try:
        finished = lab.locust(HUNG).run(lambda message, _: seen.append(message), within=120.0)
    finally:
        folder.unlink()
    assert finished.code == ExitCode.HARNESS
    assert not [message for message in seen if isinstance(message, FaultState)]
    lab.assert_clean()


ENDS: dict[str, End] = {
    end.__name__: end
    for end in (
        guard_killed_too,
        target_killed_meanwhile,
        target_replaced_meanwhile,
        database_restarted_under_a_lock,
        stopped_while_injecting,
        stopped_again_and_again_while_undoing,
        undo_that_another_fault_keeps_from_working,
        two_engines_at_once,
        no_room_for_the_record,
    )
}


def _run(locust: FakeLocust, once_it_bites: Callable[[FakeLocust], None]) -> Finished:
    def react(message: FromEngine, locust: FakeLocust) -> None:
        if isinstance(message, Progress) and message.text == "the fault bites; watching":
            once_it_bites(locust)

    return locust.run(react, within=120.0)


def _ends_by_itself(finished: Finished) -> None:
    assert finished.code in {ExitCode.MET, ExitCode.BREACHED, ExitCode.INCONCLUSIVE}


def _kill(lab: CrashLab, service: str) -> None:
    """As the kernel would that has no memory left."""
    with Connection(lab.stack) as connection:
        pid = connection.status().services[service].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
