"""The real stack: every server up, held and released, and seen by Prometheus."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stack.supervisor import client

pytestmark = pytest.mark.stack


@pytest.fixture
def connection(stack: client.StackInfo) -> Iterator[client.Connection]:
    with client.Connection(stack) as connected:
        yield connected


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # loopback
        return json.load(answer)


def eventually(what: str, condition: Callable[[], bool], within_s: float = 15.0) -> float:
    """Poll a condition of another process; returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, f"not within {within_s} s: {what}"
    return time.monotonic() - began
