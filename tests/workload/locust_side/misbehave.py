"""A locustfile of a user's that ends Locust in ways of its own, named by `MISBEHAVE` as `where:what`."""

import atexit
import os
import sys
from typing import Any

import gevent
from locust import events

WHERE, _, WHAT = os.environ.get("MISBEHAVE", ":").partition(":")


def misbehave(environment: Any = None, **_: Any) -> None:
    if WHAT.startswith("sets-"):
        environment.process_exit_code = int(WHAT.removeprefix("sets-"))
    elif WHAT.startswith("exits-"):
        sys.exit(int(WHAT.removeprefix("exits-")))
    elif WHAT == "raises":
        raise RuntimeError("a listener that is broken")


if WHERE == "greenlet":
    events.spawning_complete.add_listener(lambda **_: gevent.spawn_later(0.5, misbehave))
elif WHERE == "late-quitting":
    events.init.add_listener(lambda environment, **_: environment.events.quitting.add_listener(misbehave))
elif WHERE:
    getattr(events, WHERE).add_listener(misbehave)

atexit.register(print, "an exit handler of the user's")
