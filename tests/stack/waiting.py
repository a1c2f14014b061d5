"""Waiting for what another process does: a condition and a deadline."""

import threading
import time
from collections.abc import Callable


def eventually(what: str, condition: Callable[[], bool], within_s: float = 60.0) -> float:
    """Poll until the condition holds; returns the seconds it took."""
    began = time.monotonic()
    pause = threading.Event()
    while not condition():
        assert time.monotonic() - began < within_s, f"not within {within_s} s: {what}"
        pause.wait(0.02)
    return time.monotonic() - began
