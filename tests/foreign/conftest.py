"""One foreign stack for all that is here, with our receiver beside its Alertmanager.

Its seed is in the repr that a failing test shows; FOREIGN_SEED builds it again.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.foreign.foreign import Foreign
from tests.foreign.installed import Program, from_the_wheel, of_checkout
from tests.foreign.outside import mend
from tests.foreign.owners import secrets_of
from tests.foreign.receiving import Receiving, receiving
from tests.foreign.stack import foreign_stack, settle
from tests.foreign.user import User


@pytest.fixture(scope="package")
def program() -> Iterator[Program]:
    """That of the wheel with FOREIGN=all, or else this checkout's: to build and install takes its time."""
    if os.environ.get("FOREIGN") == "all":
        with from_the_wheel() as installed:
            yield installed
    else:
        yield of_checkout()


@pytest.fixture(scope="package")
def receiver(program: Program) -> Iterator[Receiving]:
    """Ours, to which each receiver of the shared stack that somebody reads sends as well."""
    folder = Path(tempfile.mkdtemp(prefix="receiving-"))
    try:
        with receiving(folder / "receiver", secrets.token_urlsafe(24), program) as listening:
            yield listening
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="package")
def foreign(receiver: Receiving) -> Iterator[Foreign]:
    """The shared stack. Whoever breaks something of it mends it again."""
    seed = int(os.environ.get("FOREIGN_SEED") or secrets.randbelow(10**6))
    with foreign_stack(seed, webhook=receiver.webhook) as stack:
        settle(stack)
        yield stack


@pytest.fixture
def user(foreign: Foreign, receiver: Receiving, program: Program, tmp_path: Path) -> Iterator[User]:
    """Somebody with an empty folder, who has the secrets. What they break is mended in the end."""
    yield User.at(tmp_path / "user", secrets_of(foreign, receiver), program)
    mend(foreign)
