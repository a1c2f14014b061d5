"""One foreign stack for the session. Its seed is in the repr that a failing test shows; FOREIGN_SEED builds it again."""

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.foreign.foreign import Foreign
from tests.foreign.stack import foreign_stack, settle


@pytest.fixture(scope="session")
def foreign() -> Iterator[Foreign]:
    """The shared stack. Whoever breaks something of it mends it again."""
    with foreign_stack(int(os.environ.get("FOREIGN_SEED") or secrets.randbelow(10**6))) as stack:
        settle(stack)
        yield stack
