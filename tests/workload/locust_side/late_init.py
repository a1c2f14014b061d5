"""A locustfile to put before ours: a worker's `init` comes only after its master has told it to start.

On a busy machine Locust does that by itself, seldom.
"""

from typing import Any

from gevent.event import Event
from locust import events
from locust.runners import Runner, WorkerRunner

from simulator.locust.hooks import on

WITHIN = 30.0
"""Seconds for the master to start its test."""
_test_started = Event()


def _on_init(runner: Runner, **_: Any) -> None:
    if isinstance(runner, WorkerRunner):
        _test_started.wait(WITHIN)


def _on_test_start(**_: Any) -> None:
    _test_started.set()


on(events.init, _on_init)
on(events.test_start, _on_test_start)
