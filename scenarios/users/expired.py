"""People whose session has ended without their noticing."""

from scenarios.users import accounts
from simulator.workload import wire
from simulator.workload.arrivals import Arrival
from simulator.workload.demand import Quota
from simulator.workload.persona import Persona, Request, bearer
from simulator.workload.pump import clock

REFUSED = frozenset({401})
PATIENCE = 110.0
"""Seconds: a little less than the shortest time between two visits. Tokens that live longer are not waited for."""


class ExpiredToken(Persona):
    """Comes back with the token of the last visit, which has expired meanwhile, is refused, and logs in again.

    Where tokens live longer than the time between two visits (ERPGo's own live a day), the session is ended by
    logging out "in another tab": the API refuses the token from then on, as it would an expired one.
    """

    quota = Quota(per_minute=0.4)
    fixed_count = 1
    _last: wire.LoggedIn | None = None
    _good_until = 0.0

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  nothing but its own trickle brings this persona
        last, self._last = self._last, None
        if last is not None and clock() > self._good_until:
            self._be_refused(last)
        login = self.log_in(accounts.shopper(self.number), accounts.PASSWORD)
        if login.expires_in > PATIENCE:
            self.think()
            self.call(Request("POST", "/auth/logout", headers=bearer(login.access_token)))
            self._be_refused(login)
            return
        self._last, self._good_until = login, clock() + login.expires_in

    def _be_refused(self, login: wire.LoggedIn) -> None:
        token = bearer(login.access_token)
        self.call(Request("GET", "/orders?limit=10", "/orders [expired]", headers=token, expect=REFUSED))
        self.think()
