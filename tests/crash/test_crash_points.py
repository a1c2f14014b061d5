"""The engine is killed at every step of every fault: within five seconds nothing is left of it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.faults import faults
from tests.conftest import CRASH_POINT
from tests.crash.ends import End
from tests.crash.lab import GONE_WITHIN, Aftermath, CrashLab, EngineOutlived
from tests.crash.points import DEATHS, Point

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(300)]


ELSEWHERE = {"container", "shaping", "command", "http"}


def test_no_fault_is_forgotten() -> None:
    # Those on containers alone: tests/containers/test_engine_ended.py; by acts of the user's own: tests/acts/.
    tried = {name for death in DEATHS for name in death.names}
    assert tried == {name for name, fault in faults().items() if fault.needs not in ELSEWHERE}


def first_try(lab: CrashLab, point: Point) -> Aftermath | None:
    """How long it took; None where the engine did not die, as its fault did not bite, and left nothing either."""
    try:
        return lab.kill_at(point)
    except EngineOutlived:
        lab.assert_clean()
        return None


def test_nothing_is_left_when_the_engine_dies(
    unlearned_stack: StackInfo,
    tmp_path: Path,
    point: Point,
    record_property: Callable[[str, object], None],
) -> None:
    found: dict[str, object] = {"faults": point.death.names}
    try:
        took = first_try(CrashLab(unlearned_stack, tmp_path / "first"), point)
        if took is None or max(took) > GONE_WITHIN:
            # A neighbour may have had the processors for those seconds; a promise that is not kept fails again.
            print(f"{point.name}: {took or 'the engine outlived it'}, once more", file=sys.__stderr__)
            took = CrashLab(unlearned_stack, tmp_path / "second").kill_at(point)
        found |= took._asdict() if max(took) <= GONE_WITHIN else {}
        assert max(took) <= GONE_WITHIN, took
    finally:
        record_property(CRASH_POINT, found)


def test_nothing_is_left_however_else_it_ends(unlearned_stack: StackInfo, tmp_path: Path, end: End) -> None:
    end(CrashLab(unlearned_stack, tmp_path))
