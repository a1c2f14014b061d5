"""Locust's side of the arrivals bench: our open model, and Locust's own constant pacing."""

import time
from typing import Any, ClassVar

from locust import User, constant_pacing, events, task
from locust.rpc import Message
from locust.runners import Runner

from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust import plugin
from simulator.locust.hooks import on
from simulator.locust.intended import IntendedLatency, p95
from simulator.locust.messages import TALLY, TallyMessage
from simulator.locust.persona import Persona, Request
from tests.bench.arrivals import SESSION
from tests.bench.locust_child import Arrivals, leave

seen = Arrivals()
latency = IntendedLatency(events)
"""As the plugin's own, which hears the same."""


class Visitor(Persona):
    """One request a session, at arrivals of the open model."""

    quota: ClassVar[Quota] = Quota(share=1.0)

    def visit(self, arrival: Arrival) -> None:
        self.call(Request("GET", SESSION))
        seen.starts.append(arrival.intended)


class Paced(User):
    """What Locust offers: each user once a second, all started together."""

    wait_time = constant_pacing(1)

    @task
    def visit(self) -> None:
        seen.starts.append(time.monotonic())


plugin.install()


def _listen_to_tallies(runner: Runner, **_: Any) -> None:
    """Hear what the plugin's master hears: the counts of offered and achieved sessions."""
    hear, concurrent = runner.custom_messages[TALLY]

    def heard(msg: Message, **others: Any) -> None:
        tally = TallyMessage.model_validate(msg.data).tally
        seen.offered += tally.offered
        seen.achieved += tally.achieved
        hear(msg=msg, **others)

    runner.custom_messages[TALLY] = (heard, concurrent)


def _end(**_: Any) -> None:
    sessions = latency.requests["GET", SESSION]
    seen.actual_p95_ms, seen.intended_p95_ms = p95(sessions.actual), p95(sessions.intended)
    leave(seen)


on(events.init, _listen_to_tallies)
on(events.test_stop, _end)
