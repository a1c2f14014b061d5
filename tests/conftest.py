"""What all tests share: one embedded stack with a fast Prometheus, for the whole session."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from stack.supervisor import client

MUTANT_CAUGHT = "mutant caught"
"""The property in which a test says whether it caught its mutant."""


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """How many mutants were tried and how many caught; here, because only this file is loaded beside the workers."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    told = [value for report in reports for name, value in report.user_properties if name == MUTANT_CAUGHT]
    if told:
        terminalreporter.write_line(f"mutants: {len(told)}, caught: {sum(told)}")


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
def stack(state_home: Path) -> Iterator[client.StackInfo]:
    """The shared embedded stack. Whoever holds a service releases it again."""
    with an_embedded_stack(state_home) as info:
        yield info


@pytest.fixture(scope="module")
def unlearned_stack() -> Iterator[client.StackInfo]:
    """A stack of this module's own: its Prometheus has not learned from other tests what is usual.

    Whoever sends less than those did would be told of it by the alerts on learned bands, for ten minutes.
    """
    with a_state_home() as home, an_embedded_stack(home) as info:
        yield info
