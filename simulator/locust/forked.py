"""Locust's own worker processes (`--processes`), at its end."""

import contextlib

import psutil


def kill_frozen() -> None:
    """Kill workers of ours that are stopped: Locust waits for each of them, and a stopped one never leaves."""
    ours = psutil.Process()
    for child in ours.children():
        with contextlib.suppress(psutil.Error):
            # A fork has its parent's command line; the engine, which is a child as well, has its own.
            if child.status() == psutil.STATUS_STOPPED and child.cmdline() == ours.cmdline():
                child.kill()
