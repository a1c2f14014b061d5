"""The engine is killed at random while it harms somebody else's system, and the environment file is gone: nothing is left.

FOREIGN is `all` for fifty moments, or a seed.
"""

import contextlib
import datetime as dt
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.base.errors import ExitCode
from tests.draw import drawn
from tests.fakes.engine_copy import hasty_engine
from tests.foreign.foreign import Foreign
from tests.foreign.installed import of_checkout
from tests.foreign.outside import await_well, pay_fails, what_is_wrong
from tests.foreign.owners import Tree, environment
from tests.foreign.receiving import Receiving
from tests.foreign.user import BEFORE_HARM, User, ended
from tests.stack.waiting import eventually

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

HARM: tuple[Tree, ...] = (
    {"fault": "command", "service": "shop"},
    {"fault": "command", "service": "cache"},
    {"fault": "http-hook", "service": "pay"},
    {"fault": "db-pool-exhaust", "service": "db", "pool": 3},
    {"fault": "db-timeouts", "service": "db"},
    {"fault": "db-errors", "service": "db"},
    {"fault": "slow-queries", "service": "db"},
    {"fault": "cache-flood", "service": "cache", "rate": 200},
    {"fault": "cache-flush", "service": "cache"},
    {"fault": "redis-stall", "service": "cache", "pause": 0.5},
)
BOTH: tuple[Tree, ...] = ({"fault": "command", "service": "cache"}, {"fault": "http-hook", "service": "pay"})
MOMENTS, FEW = 50, 2
LIFE = 7.0
"""Seconds, about, from a fault's record to that of its undo."""
GONE_WITHIN = 60.0
"""Seconds: the undo of programs looks for three whether the harm comes back, on a machine that may be busy."""


@dataclass(frozen=True)
class Moment:
    """So many seconds after the fault was written down, the engine dies."""

    fault: Tree
    after: float

    def __str__(self) -> str:
        return f"{self.fault['fault']}-{self.fault['service']}-{self.after:.1f}s"


def moments() -> dict[str, Moment]:
    """Every kind of fault at several moments, by name."""
    each = MOMENTS // len(HARM)
    every = [Moment(fault, LIFE * number / each) for fault in HARM for number in range(each)]
    return {str(one): one for one in every}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program whose engine waits for nothing before its faults."""
    return hasty_engine(tmp_path_factory.mktemp("hasty") / "copy").root


@pytest.fixture
def hurried(user: User, hasty: Path) -> User:
    """Somebody who has that program."""
    return replace(user, program=of_checkout(hasty))


def experiment(*faults: Tree, observe: str) -> Tree:
    return {"title": "The engine dies", "faults": list(faults), "observe": observe, "needs": {"requests": 0}}


def engine_of(program: subprocess.Popen[str]) -> psutil.Process:
    below = psutil.Process(program.pid).children(recursive=True)
    return next(one for one in below if "simulator.engine" in one.cmdline())


@pytest.mark.parametrize("moment", drawn("FOREIGN", moments(), FEW), ids=str)
def test_nothing_is_left_when_the_engine_is_killed(
    foreign: Foreign, receiver: Receiving, hurried: User, moment: Moment
) -> None:
    words = hurried.written(experiment(moment.fault, observe="3s"), environment(foreign, receiver))
    with hurried.running(*words) as program:
        hurried.await_harm(program)
        (hurried.folder / "shop.yaml").unlink()
        engine = engine_of(program)
        die(engine, hurried, moment.after)
        left = ended(program)
    assert left.code == ExitCode.HARNESS, left.err
    await_well(foreign, GONE_WITHIN)
    eventually("no record is left", lambda: not hurried.open_faults, GONE_WITHIN)
    assert all(ends_within_a_minute(one) for one in foreign.silences())


def die(engine: psutil.Process, user: User, after: float) -> None:
    """So many seconds from now; at once when it has undone its fault by then, which is as late as it may matter."""
    with contextlib.suppress(AssertionError):  # it is not, which is what most moments are about
        eventually("its fault is undone", lambda: not user.open_faults, after)
    engine.kill()


def ends_within_a_minute(silence: Mapping[str, Any]) -> bool:
    """As the claim of a machine that died does."""
    left = dt.datetime.fromisoformat(silence["endsAt"]) - dt.datetime.now(dt.UTC)
    return left <= dt.timedelta(minutes=1)


@pytest.mark.parametrize("everywhere", [False, True], ids=["of that target", "everywhere"])
def test_an_undo_by_hand_leaves_nothing_when_the_guard_is_killed_too(
    foreign: Foreign, receiver: Receiving, hurried: User, everywhere: bool
) -> None:
    harm = experiment(*BOTH, observe="60s")
    words = hurried.written(harm, environment(foreign, receiver))
    with hurried.running(*words) as program:
        eventually("both are injected", lambda: foreign_is_harmed(foreign), BEFORE_HARM)
        (hurried.folder / "shop.yaml").unlink()
        kill_all(program)
    assert len(hurried.open_faults) == len(BOTH)
    assert what_is_wrong(foreign)
    (where,) = {path.parents[1].name for path in hurried.open_faults}
    left = hurried.simulator("undo", *(["--all"] if everywhere else ["--environment", where]))
    assert left.code == ExitCode.MET, left.err
    assert (what_is_wrong(foreign), hurried.open_faults) == ([], [])


def foreign_is_harmed(foreign: Foreign) -> bool:
    """Whether both faults bite."""
    return foreign.run(foreign.is_down, "redis") == 0 and pay_fails(foreign)


def kill_all(program: subprocess.Popen[str]) -> None:
    """Locust, engine and guard: whoever is left would undo in the others' place, or have a new guard."""
    everybody = [psutil.Process(program.pid), *psutil.Process(program.pid).children(recursive=True)]
    for one in everybody:
        one.suspend()
    for one in everybody:
        one.kill()
