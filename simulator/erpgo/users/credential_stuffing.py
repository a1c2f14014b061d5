"""An attacker with a list of leaked passwords; idle until the switch of the same name is on."""

import itertools

from simulator.erpgo.switches.credential_stuffing import CredentialStuffing as Attack
from simulator.erpgo.traffic import wire
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.locust.persona import Request
from simulator.locust.pump import clock

REFUSED = frozenset({401, 423, 429})


class CredentialStuffing(ErpgoPersona):
    """One login attempt a session, each with another made-up account of this run, from a few addresses."""

    fixed_count = 4
    _attempts = itertools.count()

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  only the switch brings this persona
        attack = self.floor.desk.switchboard.find(Attack, clock())
        addresses = attack.addresses if attack else 1
        number = next(self._attempts)
        name = self.chance.choice(self.pools.attack_names)
        email = f"{name}-{self.floor.run}-{self.floor.worker}-{number}@attack.test"
        body = wire.Credentials(email, self.chance.choice(self.pools.passwords))
        headers = {"X-Forwarded-For": f"203.0.113.{1 + number % addresses}"}  # RFC 5737: nobody's addresses
        self.call(Request("POST", "/auth/login", "/auth/login [stuffing]", body, headers, REFUSED))
