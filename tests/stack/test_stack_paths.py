from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.base.paths import is_root, state_home
from simulator.erpgo.stack.supervisor import paths
from simulator.erpgo.stack.supervisor.control import Control
from tests.fakes.stack_info import stack_info


def test_the_environment_chooses_the_state_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_home() == tmp_path / "simulator"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert state_home().is_absolute()


def test_two_checkouts_have_different_stacks(tmp_path: Path) -> None:
    first, second = (paths.embedded_instance(tmp_path / name) for name in ("a", "b"))
    assert first != second
    assert first.startswith("embedded-")
    assert len(first) == len("embedded-") + 8


@pytest.mark.skipif(not is_root(), reason="servers run as the user itself")
def test_as_root_a_folder_the_servers_cannot_reach_is_refused_by_name(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(BadInput, match=r"may not enter .*; choose another XDG_STATE_HOME"):
        paths.check_reachable(closed / "stack")


async def test_a_temporary_stack_that_nobody_leases_within_30_s_is_abandoned(tmp_path: Path) -> None:
    control = Control(stack_info(tmp_path), {})
    assert not control._abandoned(1e9)
    control.ready()
    assert control._ready_at is not None
    assert not control._abandoned(control._ready_at + 29)
    assert control._abandoned(control._ready_at + 31)
