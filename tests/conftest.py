"""What all tests share: one embedded stack with a fast Prometheus, for the whole session."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.supervisor import client


@pytest.fixture(scope="session")
def state_home() -> Iterator[Path]:
    """A state home of this session's own; below /tmp and enterable, because as root the servers drop their rights."""
    with pytest.MonkeyPatch.context() as patch:
        home = Path(tempfile.mkdtemp(prefix="simulator-tests-", dir="/tmp"))  # see above
        home.chmod(0o711)
        patch.setenv("XDG_STATE_HOME", str(home))
        yield home
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(state_home: Path) -> Iterator[client.StackInfo]:
    """The shared embedded stack, on whatever ports are free. Whoever holds a service releases it again."""
    folder = client.embedded_folder()
    assert folder.is_relative_to(state_home)
    info = client.up(folder, temporary=True, options=client.StackOptions(scrape_interval_s=1.0))
    # The stack ends with this lease: also when the test run itself is killed.
    with client.Connection(info) as connection:
        connection.lease("the test session", period_s=3600)
        yield info
        connection.down()
