"""People who mistype their password, and get it right the second time."""

from simulator.erpgo.traffic import wire
from simulator.erpgo.users import accounts
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust.persona import Request

REFUSED = frozenset({401})


class TypoThenSuccess(ErpgoPersona):
    """One failed login, one that works."""

    quota = Quota(per_minute=0.5)
    fixed_count = 1

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  nothing but its own trickle brings this persona
        email = accounts.clumsy(self.number)
        letters = list(accounts.PASSWORD)
        place = self.chance.randrange(len(letters) - 1)
        letters[place : place + 2] = reversed(letters[place : place + 2])
        typo = "".join(letters) if letters != list(accounts.PASSWORD) else accounts.PASSWORD[:-1]
        body = wire.Credentials(email, typo)
        self.call(Request("POST", "/auth/login", "/auth/login [typo]", body, expect=REFUSED))
        self.think()
        self.log_in(email, accounts.PASSWORD)
