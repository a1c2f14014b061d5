"""A dead engine's workload switches: outwaited from the moment of its death, not from when somebody cares."""

import pytest

from simulator.base.clock import RunClock
from simulator.doors.workload import LEASE, UNDER_WAY, UnlinkedWorkload
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize("told", [True, False], ids=["told-when-it-died", "known-to-be-dead"])
async def test_a_switch_is_off_once_its_lease_has_passed(told: bool) -> None:
    clock = FakeClock()
    dead_since = clock.monotonic()
    if told:
        await clock.sleep(1.25)
    workload = UnlinkedWorkload(RunClock(clock), dead_since if told else None)
    await clock.sleep(1.25)
    for _ in range(2):
        await workload.switch_off("simulator-1", "no-orders")
        assert clock.passed == pytest.approx(LEASE + UNDER_WAY)
