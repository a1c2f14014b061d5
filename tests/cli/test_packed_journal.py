"""A long run's journal is packed when the run is over, and all who read journals read it."""

from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.file import JOURNAL
from tests.cli.commands import simulator
from tests.fakes.engine_copy import hasty_engine, instead
from tests.fakes.locust import FakeLocust

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

NOTHING = """\
title: Nothing happens
observe: 2s
needs: {requests: 1}
"""


def test_it_is_packed_at_the_end_and_judged_again(stack: StackInfo, tmp_path: Path) -> None:
    copy = hasty_engine(tmp_path / "copy")
    copy.change("simulator/journal/packed.py", instead("LARGE = 8 * 1024 * 1024", "LARGE = 1024"))
    (tmp_path / "nothing.yaml").write_text(NOTHING)
    finished = FakeLocust(stack, tmp_path / "nothing.yaml", tmp_path / "reports", copy.root).run()
    (run,) = (path for path in (tmp_path / "reports").iterdir() if path.is_dir())
    assert not (run / JOURNAL).exists()
    assert (run / f"{JOURNAL}.gz").exists()
    before = (run / "report.json").read_bytes()
    again = simulator("report", str(run))
    assert again.code == finished.code
    assert (run / "report.json").read_bytes() == before
    pruned = simulator("prune", "--keep", "0d", "--reports", str(tmp_path / "reports"))
    assert pruned.code == ExitCode.MET
    assert f"{JOURNAL}.gz" in pruned.out
    assert not (run / f"{JOURNAL}.gz").exists()
