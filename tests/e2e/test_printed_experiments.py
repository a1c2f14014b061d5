"""Every experiment that the documentation prints, copied as it stands and run for real: it is met, as the page says.

On a stack that was just started, and right after that once more: by then minutes of traffic and a fault are behind it. Longer
histories are written and not waited for, in `tests/rules/test_whatever_was_learned.py`.
"""

from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.judge import judge
from simulator.plan.models import Experiment
from tests.docs.printed import Printed, printed
from tests.e2e.conftest import GameDayProcess
from tests.starved import is_starved, reasons

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(2400)]

TWICE = ("--repeat", "2")


@pytest.mark.parametrize("one", [one for one in printed() if one.kind is Experiment and one.whole], ids=str)
def test_it_is_met(one: Printed, unlearned_stack: StackInfo, tmp_path: Path) -> None:
    for attempt in ("first", "second"):
        folder = tmp_path / attempt
        folder.mkdir()
        running = GameDayProcess(unlearned_stack, folder, str(one.file(folder)), *TWICE)
        try:
            code = running.wait(900)
            verdict = judge(running.facts())
        finally:
            running.close()
        if not is_starved(verdict, f"{one}, {attempt} attempt"):
            break
    assert (reasons(verdict), verdict.outcome, code) == ([], "met", ExitCode.MET), running.log()
    assert len(verdict.experiments) == 2
