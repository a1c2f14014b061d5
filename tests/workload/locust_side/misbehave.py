"""A locustfile of a user's that ends Locust in ways of its own, named by `MISBEHAVE` as `where:what`."""

import atexit
import os
import sys
from typing import Any

import gevent
from locust import events

from simulator.locust.hooks import on

WHERE, _, WHAT = os.environ.get("MISBEHAVE", ":").partition(":")


def misbehave(environment: Any = None, **_: Any) -> None:
    if WHAT.startswith("sets-"):
        environment.process_exit_code = int(WHAT.removeprefix("sets-"))
    elif WHAT.startswith("exits-"):
        sys.exit(int(WHAT.removeprefix("exits-")))
    elif WHAT == "raises":
        raise RuntimeError("a listener that is broken")


def later(**_: Any) -> None:
    gevent.spawn_later(0.5, misbehave)


if WHERE == "greenlet":
    on(events.spawning_complete, later)
elif WHERE == "late-quitting":
    on(events.init, lambda environment, **_: on(environment.events.quitting, misbehave))
elif WHERE:
    on(getattr(events, WHERE), misbehave)

atexit.register(print, "an exit handler of the user's")
