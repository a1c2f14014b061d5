"""Scrapes and evaluations every 15 s, and every minute, as companies have them: the time is said before, and it is kept."""

import os
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from tests.conftest import AT_A_PACE
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.installed import Program
from tests.foreign.outside import await_well
from tests.foreign.owners import environment, secrets_of
from tests.foreign.receiving import Receiving
from tests.foreign.stack import foreign_stack, settle
from tests.foreign.user import User

pytestmark = [
    pytest.mark.stack,
    pytest.mark.e2e,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(os.environ.get("FOREIGN") != "all", reason="half an hour; make foreign runs it"),
]

PREDICTED = re.compile(r"(\d+) s at least")
FAIR = 60.0
"""Seconds that a run may take longer than is said, for what starts and ends."""
INTERVALS_MORE = 4
"""Scrapes' worth of it as well: where between two of them something happens is chance."""
LONGEST = 1800.0
"""Seconds."""


@pytest.mark.parametrize("interval_s", [15, 60])
def test_a_dead_shop_is_paged_in_the_time_that_scrapes_allow(
    receiver: Receiving,
    program: Program,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    interval_s: int,
) -> None:
    with foreign_stack(secrets.randbelow(10**6), interval_s=interval_s, webhook=receiver.webhook) as foreign:
        settle(foreign)
        user = User.at(tmp_path / "user", secrets_of(foreign, receiver), program, LONGEST)
        words = user.written(Experiments(foreign).shop_dead(), _at_that_pace(foreign, receiver))
        said = user.simulator(*words, "--dry-run")
        found = PREDICTED.search(" ".join(said.out.split()))
        assert found, said.out + said.err
        for _ in user.attempts():
            began = time.monotonic()
            left = user.simulator(*words)
            took = time.monotonic() - began
        await_well(foreign, 60.0)
    figures = {"interval": interval_s, "predicted": float(found[1]), "took": round(took, 1)}
    record_property(AT_A_PACE, figures)
    assert left.code == ExitCode.MET, left.out + left.err
    assert took <= figures["predicted"] + FAIR + INTERVALS_MORE * interval_s, figures


def _at_that_pace(foreign: Foreign, receiver: Receiving) -> dict[str, object]:
    """Their file, which promises no page before one can come."""
    described, severities = environment(foreign, receiver), foreign.names.severities
    (must,) = Experiments(foreign).shop_dead()["must"]
    described["alerts"]["within"] = {severities.urgent: must["within"], severities.later: "10m"}
    return described
