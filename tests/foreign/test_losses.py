"""What is lost in the middle of a run ends as an honest verdict or abort, and nothing is left; nobody shares a target.

FOREIGN is `all`, names with commas between them, or a seed for one of the losses.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from simulator.base.errors import ExitCode
from tests.draw import drawn
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.outside import await_well
from tests.foreign.owners import environment
from tests.foreign.receiving import Receiving
from tests.foreign.slow import slowed
from tests.foreign.stack import settle
from tests.foreign.user import User, ended

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(600)]

GONE_WITHIN = 60.0
"""Seconds."""


@contextmanager
def prometheus_away(foreign: Foreign) -> Iterator[None]:
    with away(foreign, "prometheus"):
        yield
    settle(foreign)


@contextmanager
def password_expired(foreign: Foreign) -> Iterator[None]:
    """Both servers read their file of passwords anew at every request."""
    web, user = foreign.files.web, foreign.names.web_user
    before = web.read_text(encoding="utf-8")
    web.write_text(before.replace(f"{user}:", "successor:"), encoding="utf-8")
    yield
    web.write_text(before, encoding="utf-8")
    settle(foreign)


@contextmanager
def away(foreign: Foreign, server: str) -> Iterator[None]:
    assert foreign.run(foreign.down, server) == 0
    try:
        yield
    finally:
        assert foreign.run(foreign.up, server) == 0


Loss = Callable[[Foreign], AbstractContextManager[None]]
LOSSES: dict[str, Loss] = {"prometheus-away": prometheus_away, "password-expired": password_expired}


@pytest.mark.parametrize("loss", drawn("FOREIGN", LOSSES, 1))
def test_a_run_that_sees_nothing_any_more_is_aborted_and_undone(
    foreign: Foreign, receiver: Receiving, user: User, loss: Loss
) -> None:
    with user.running(*user.written(Experiments(foreign).pay_fails(), environment(foreign, receiver))) as run:
        user.await_harm(run)
        with loss(foreign):
            left = ended(run)
            await_well(foreign, GONE_WITHIN)
    assert left.code == ExitCode.ABORTED, left.out + left.err
    assert (user.verdict.outcome, user.verdict.left_injected) == ("inconclusive", ())
    assert "lost for" in user.verdict.status_reason
    assert user.open_faults == []


def test_a_grafana_that_is_away_spoils_nothing_and_a_second_machine_is_refused(
    foreign: Foreign, receiver: Receiving, user: User
) -> None:
    """Each machine has a state home of its own, so only the target can tell them of each other."""
    tree, experiment = environment(foreign, receiver), Experiments(foreign).pay_fails()
    experiment["observe"] = "40s"  # so long that the other one comes in time, however busy the machine
    other = replace(user, state=user.folder / "elsewhere")
    for _ in user.attempts():
        with away(foreign, "grafana"), user.running(*user.written(experiment, tree)) as run:
            user.await_harm(run)
            refused = other.run(experiment, tree)
            left = ended(run)
    assert refused.code == ExitCode.ABORTED, refused.err
    assert "another run holds this target" in refused.complaint
    assert left.code == ExitCode.MET, left.out + left.err
    await_well(foreign, GONE_WITHIN)


@pytest.mark.skipif(os.environ.get("FOREIGN") != "all", reason="a minute; make foreign runs it")
@pytest.mark.parametrize("delay", [0.3])
def test_a_slow_prometheus_proves_less_and_leaves_nothing(
    foreign: Foreign, receiver: Receiving, user: User, delay: float
) -> None:
    tree = environment(foreign, receiver)
    with slowed(foreign.names.ports.prometheus, delay) as port:
        tree["prometheus"]["url"] = f"https://127.0.0.1:{port}{foreign.names.paths.prometheus}"
        left = user.run(Experiments(foreign).pay_fails(), tree)
    assert left.code in {ExitCode.MET, ExitCode.INCONCLUSIVE}, left.out + left.err
    await_well(foreign, GONE_WITHIN)
    assert user.open_faults == []
