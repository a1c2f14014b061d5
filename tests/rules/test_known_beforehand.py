"""What an experiment must know before its fault can be known: in normal traffic each such expression has a value.

One that never has keeps its experiment from beginning, for minutes, and then for good: a band carries the run that learned it,
and a comparison without `on ()` finds no partner.
"""

from pathlib import Path

import pytest

from simulator.base.loader import load
from simulator.erpgo.files import SCENARIOS
from simulator.erpgo.stack.prometheus.rules import STAGING
from simulator.plan.models import Experiment
from tests.rules.rule_scenarios import Expected, counter, gauge, hold
from tests.rules.test_whatever_was_learned import BEGAN, LOGINS, ORDERS, REVENUE, answers

NORMAL = 600
"""Seconds of a game day's usual traffic, which has 15 orders and 3 logins a second."""
KNOWN = {
    f"{path.stem}-{number}": expr
    for path in sorted((SCENARIOS / "experiments").glob("*.yaml"))
    for number, expr in enumerate(load(path, Experiment).needs.known)
}


@pytest.mark.parametrize("expr", KNOWN.values(), ids=KNOWN)
def test_normal_traffic_makes_it_known(tmp_path: Path, expr: str) -> None:
    signals = [
        *answers((NORMAL, 0.004, 0.004)),
        counter(ORDERS, (NORMAL, 15.0)),
        counter(REVENUE, (NORMAL, 9000.0)),
        counter(LOGINS, (NORMAL, 0.02)),
        counter('erpgo_user_logins_total{status="success"}', (NORMAL, 3.0)),
        gauge(BEGAN, (NORMAL, 1000.0)),
        gauge('up{job="simulator"}', (NORMAL, 1.0)),
    ]
    hold(tmp_path, signals, [Expected(NORMAL - 2, f"count({expr})", (1.0,))], STAGING)


def test_there_is_something_to_know() -> None:
    assert len(KNOWN) >= 6
