"""Somebody who keeps trying an account that has long been locked."""

from simulator.erpgo.traffic import wire
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust.persona import Request

REFUSED = frozenset({401, 423})


class LockedAccount(ErpgoPersona):
    """One attempt a session. The first few fail and lock the account (the API locks any name), the rest meet the lock."""

    quota = Quota(per_minute=0.4)
    fixed_count = 1

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  nothing but its own trickle brings this persona
        email = f"locked-{self.floor.run}-{self.number}@erpgo.test"
        body = wire.Credentials(email, self.chance.choice(self.pools.passwords))
        self.call(Request("POST", "/auth/login", "/auth/login [locked]", body, expect=REFUSED))
