"""People whose session has ended without their noticing."""

from scenarios.users import accounts
from simulator.workload.arrivals import Arrival
from simulator.workload.demand import Quota
from simulator.workload.persona import Persona, Request, bearer

REFUSED = frozenset({401})


class ExpiredToken(Persona):
    """Uses a token that is no longer good, and logs in again.

    Tokens live for a day and only the API can sign one, so the session is ended by logging out in "another tab":
    the API refuses the token from then on, as it would an expired one.
    """

    quota = Quota(per_minute=0.4)
    fixed_count = 1

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  nothing but its own trickle brings this persona
        email = accounts.shopper(self.number)
        token = bearer(self.log_in(email, accounts.PASSWORD).access_token)
        self.call(Request("POST", "/auth/logout", headers=token))
        self.think()
        self.call(Request("GET", "/orders?limit=10", "/orders [expired]", headers=token, expect=REFUSED))
        self.think()
        self.log_in(email, accounts.PASSWORD)
