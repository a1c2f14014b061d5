"""Services that are systemd units: killed, frozen, started.

Tried on a real manager (`systemd --user`) where one can be started: that takes root and the package, no boot by systemd.
Not tried for real: the freezer (it takes cgroup v2) and units that drag others along; those are a fake program's, whose
words were taken from systemd 252.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import DoorError
from simulator.doors.services import How
from simulator.doors.systemd import Systemd
from simulator.doors.units import UnitServices
from simulator.faults import fault_named
from simulator.faults.base.held import ServiceRecord
from tests.acts.target import doors_to
from tests.attached.manager import NoManager, systemd
from tests.fakes.units import UNIT, Fake

OWNER = "simulator-0123456789ab"
FILE = "[Service]\nExecStart=/bin/sleep 1000\nRestart=always\nRestartSec=0\n"


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real manager with one unit that its Restart= would start again at once; the folder it listens in."""
    home, run = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("run")
    try:
        with systemd(home, run, UNIT, FILE):
            yield run
    except NoManager as error:
        pytest.skip(str(error))


@pytest.fixture
def worker(manager: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnitServices]:
    """The unit of the real manager, active."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(manager))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    subprocess.run(["systemctl", "--user", "start", UNIT], check=True, timeout=60)
    yield UnitServices(Systemd(user=True), {"worker": UNIT}, {})
    subprocess.run(["systemctl", "--user", "stop", UNIT], check=True, timeout=60)


async def settled(services: UnitServices, *, held: bool) -> None:
    async def look() -> bool | None:
        return await services.is_held(OWNER, "worker") == held or None

    assert await RunClock(SystemClock()).until(look, within=30.0, every=0.05), f"held: {not held}"


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_a_real_unit_is_held_until_it_is_let_go(worker: UnitServices, how: How) -> None:
    assert await worker.probe("worker") == f"{UNIT} is active"
    assert await worker.overreach("worker", how) == ""
    for _ in range(2):
        await worker.hold(OWNER, "worker", how)
    await settled(worker, held=True)
    with pytest.raises(DoorError, match=r"shop-worker\.service is (frozen|failed|inactive)"):
        await worker.probe("worker")
    for _ in range(2):
        await worker.release(OWNER, "worker")
    await settled(worker, held=False)
    assert await worker.probe("worker") == f"{UNIT} is active"


@pytest.mark.parametrize("fault", ["service-kill", "service-hang"])
async def test_the_faults_on_held_services_bite_a_real_unit(worker: UnitServices, fault: str) -> None:
    record, kind = ServiceRecord(fault=fault, id=OWNER, service="worker"), fault_named(fault)
    doors = doors_to(services=worker)
    await kind.inject(record, doors)
    await settled(worker, held=True)
    assert (await kind.is_effective(record, doors)).ok
    await kind.undo(record, doors)
    await settled(worker, held=False)
    assert (await kind.is_undone(record, doors)).ok


async def test_a_unit_that_the_real_manager_does_not_know_is_named(worker: UnitServices) -> None:
    with pytest.raises(DoorError, match=r"systemd has no unit shop-wroker\.service: it is not-found"):
        await Systemd(user=True).unit("shop-wroker.service")
    with pytest.raises(DoorError, match="'web' is no systemd unit of this environment"):
        await worker.target("web")


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path)


async def test_the_freezer_is_used_where_there_is_one(fake: Fake) -> None:
    fake.unit()
    for _ in range(2):
        await fake.services.hold(OWNER, "worker", "frozen")
    assert await fake.services.is_held(OWNER, "worker")
    for _ in range(2):
        await fake.services.release(OWNER, "worker")
    assert not await fake.services.is_held(OWNER, "worker")
    again = [f"reset-failed {UNIT}", f"start --no-block {UNIT}"]
    assert fake.asked == [f"freeze {UNIT}", f"thaw {UNIT}", *again, *again]


async def test_a_unit_is_being_stopped_before_it_is_killed(fake: Fake) -> None:
    fake.unit()
    await fake.services.hold(OWNER, "worker", "killed")
    assert fake.asked == [f"stop --no-block {UNIT}", f"kill --signal=SIGKILL {UNIT}"]
    assert await fake.services.is_held(OWNER, "worker")


async def test_a_unit_that_would_drag_others_along_is_refused(fake: Fake) -> None:
    relations = {"RequiredBy": "shop-api.service gone.service", "BoundBy": "", "ConsistsOf": ""}
    fake.unit(**relations, TriggeredBy="shop-worker.socket")
    fake.unit("shop-api.service")
    fake.unit("gone.service", ActiveState="inactive")
    fake.unit("shop-worker.socket")
    assert await fake.services.overreach("worker", "killed") == (
        f"systemd stops shop-api.service along with {UNIT}; shop-worker.socket would start {UNIT} again"
    )
    assert await fake.services.overreach("worker", "frozen") == ""


async def test_a_program_that_is_not_there_is_an_error_of_the_door(tmp_path: Path) -> None:
    with pytest.raises(DoorError, match="no-systemctl cannot be started: No such file or directory"):
        await Systemd(program=str(tmp_path / "no-systemctl")).unit(UNIT)


async def test_what_systemd_refuses_is_passed_on(fake: Fake) -> None:
    with pytest.raises(DoorError, match=rf"systemctl stop {UNIT} failed: Failed to stop {UNIT}: Unit"):
        await fake.services.hold(OWNER, "worker", "killed")
