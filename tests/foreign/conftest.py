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
from tests.foreign.outside import mend
from tests.foreign.owners import secrets_of
from tests.foreign.receiving import Receiving, receiving
from tests.foreign.stack import foreign_stack, settle
from tests.foreign.user import User


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiving]:
    """Ours, to which each receiver of the shared stack that somebody reads sends as well."""
    folder = Path(tempfile.mkdtemp(prefix="receiving-"))
    try:
        with receiving(folder / "receiver", secrets.token_urlsafe(24)) as program:
            yield program
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
def user(foreign: Foreign, receiver: Receiving, tmp_path: Path) -> Iterator[User]:
    """Somebody with an empty folder, who has the secrets. What they break is mended in the end."""
    yield User.at(tmp_path / "user", secrets_of(foreign, receiver))
    mend(foreign)
