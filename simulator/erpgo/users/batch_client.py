"""A program that sends all it has at once; idle until the switch rate-limit-abuse is on."""

from simulator.erpgo.switches.rate_limit_abuse import RateLimitAbuse as Abuse
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.locust.persona import Request
from simulator.locust.pump import clock

LIMITED = 429
ANSWERS = frozenset({200, LIMITED})


class BatchClient(ErpgoPersona):
    """A burst a session, one request after the other from one address, until it has been refused often enough."""

    fixed_count = 1

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  only the switch brings this persona
        abuse = self.floor.desk.switchboard.find(Abuse, clock())
        headers = {"X-Forwarded-For": "203.0.113.200"}  # RFC 5737: nobody's address
        request = Request("GET", "/products?limit=1", "/products [batch]", headers=headers, expect=ANSWERS)
        if abuse is None:
            return
        refusals = 0
        for _ in range(abuse.requests):
            if self.call(request) == LIMITED:
                self.floor.desk.happened(Abuse.name)
                refusals += 1
                if refusals == abuse.refusals:
                    return
