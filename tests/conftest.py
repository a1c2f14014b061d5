"""What all tests share: one embedded stack with a fast Prometheus, for the whole session."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from xdist.remote import Producer  # type: ignore[import-untyped]  # so it stands in its hooks
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # as above

from simulator.base.percentile import percentile
from simulator.erpgo.stack.supervisor import client
from tests.stack.waiting import eventually

FOREIGN = "tests/foreign/"
MUTANT_CAUGHT = "mutant caught"
CRASH_POINT = "crash point"
MALFORMED = "malformed inputs"
AT_A_PACE = "run at a pace"
"""Properties in which tests say what they saw: whether a mutant was caught; what was left after a crash, and how long;
how much malformed input was tried; how long a run took, by the interval of scrapes."""

ON_A_STACK = pytest.StashKey[set[str]]()
"""The shares in which something needs a stack."""
RUNNING = pytest.StashKey[ExitStack]()
"""Ends the shared stack."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole game days first, then what runs on a stack: workers take shares in this order, and no long one is left last."""
    shares: dict[str, list[int]] = {}
    for item in items:
        shares.setdefault(share(item.nodeid), []).append(weight(item))
    # Of two alike the one of more tests; and a share stays in one piece.
    places = {
        name: (-max(weights), -len(weights), place) for place, (name, weights) in enumerate(shares.items())
    }
    items.sort(key=lambda item: places[share(item.nodeid)])
    config.stash[ON_A_STACK] = {name for name, weights in shares.items() if max(weights)}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """End the shared stack once this worker has come to shares that need none: it would cost a core's tenth until the end."""
    if share(item.nodeid) not in item.config.stash[ON_A_STACK]:
        item.config.stash.get(RUNNING, ExitStack()).close()


def share(nodeid: str) -> str:
    """What one worker takes at a time: a module, or all on somebody else's system, of which no second one is built."""
    return FOREIGN if nodeid.startswith(FOREIGN) else nodeid.partition("::")[0]


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """xdist's own way of giving modules to workers, with our shares."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """How the gate's tests are given to its workers; another `--dist` has its own way."""
    return Shares(config, log) if config.getoption("dist") == "loadscope" else None


def weight(item: pytest.Item) -> int:
    """How long it is likely to wait: 2 for game days, 1 on a stack, 0 for all else."""
    if item.get_closest_marker("e2e"):
        return 2
    fixtures = getattr(item, "fixturenames", ())
    return int(
        bool(item.get_closest_marker("stack")) or not {"stack", "unlearned_stack"}.isdisjoint(fixtures)
    )


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Sum up mutants, crash points and malformed input; only this file is loaded beside pytest's workers."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    told = [(name, value) for report in reports for name, value in report.user_properties]
    caught = [value for name, value in told if name == MUTANT_CAUGHT]
    if caught:
        terminalreporter.write_line(f"mutants: {len(caught)}, caught: {sum(caught)}")
    points = [value for name, value in told if name == CRASH_POINT]
    if points:
        faults = {fault for point in points for fault in point["faults"]}
        clean = [point for point in points if "gone" in point]
        terminalreporter.write_line(
            f"crash points: {len(points)}, faults: {len(faults)}, leaked: {len(points) - len(clean)}"
        )
        for what in ("gone", "orders_flow", "records_gone"):
            seconds = sorted(point[what] for point in clean)
            if seconds:
                middle = percentile(50, seconds)
                terminalreporter.write_line(f"  {what}: median {middle:.1f} s, most {seconds[-1]:.1f} s")
    tried = [value for name, value in told if name == MALFORMED]
    if tried:
        inputs, tracebacks = (sum(one[what] for one in tried) for what in ("inputs", "tracebacks"))
        slowest = max(one["slowest"] for one in tried)
        terminalreporter.write_line(
            f"malformed inputs: {inputs}, tracebacks: {tracebacks}, slowest: {slowest:.2f} s"
        )
    for name, value in told:
        if name == AT_A_PACE:
            interval, said, took = (value[what] for what in ("interval", "predicted", "took"))
            terminalreporter.write_line(
                f"scraped every {interval} s: {said:g} s were said, {took:g} s it took"
            )


@contextmanager
def a_state_home() -> Iterator[Path]:
    """A state home of its own; below /tmp and enterable, because as root the servers drop their rights."""
    with pytest.MonkeyPatch.context() as patch:
        home = Path(tempfile.mkdtemp(prefix="simulator-tests-", dir="/tmp"))  # see above
        home.chmod(0o711)
        patch.setenv("XDG_STATE_HOME", str(home))
        yield home
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def an_embedded_stack(home: Path) -> Iterator[client.StackInfo]:
    """An embedded stack on whatever ports are free."""
    folder = client.embedded_folder()
    assert folder.is_relative_to(home)
    info = client.up(folder, temporary=True, options=client.StackOptions(scrape_interval_s=1.0))
    # The stack ends with this lease: also when the test run itself is killed.
    with client.Connection(info) as connection:
        connection.lease("the test session", period_s=3600)
        yield info
        connection.down()


@pytest.fixture(scope="session")
def state_home() -> Iterator[Path]:
    """The state home of the whole session."""
    with a_state_home() as home:
        yield home


@pytest.fixture(scope="session")
def stack(state_home: Path, pytestconfig: pytest.Config) -> Iterator[client.StackInfo]:
    """The shared embedded stack. Whoever holds a service releases it again."""
    with ExitStack() as running:
        info = running.enter_context(an_embedded_stack(state_home))
        pytestconfig.stash[RUNNING] = running
        yield info


@pytest.fixture(scope="module")
def unlearned_stack() -> Iterator[client.StackInfo]:
    """A stack of this module's own: its Prometheus has not learned from other tests what is usual.

    Whoever sends less than those did would be told of it by the alerts on learned bands, for ten minutes.
    """
    with a_state_home() as home, an_embedded_stack(home) as info:
        yield info


@pytest.fixture(autouse=True)
def the_shared_stack_is_well(request: pytest.FixtureRequest) -> None:
    """A test begins once what the one before has killed is back: its own fault may not have concerned that service."""
    if "stack" not in request.fixturenames:
        return
    with client.Connection(request.getfixturevalue("stack")) as connection:

        def all_ready() -> bool:
            return all(one.state == "ready" for one in connection.status().services.values())

        eventually("every service of the shared stack is ready", all_ready, 30.0)
