"""People whose session has ended without their noticing."""

from simulator.erpgo.traffic import wire
from simulator.erpgo.users import accounts
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust.persona import Request, bearer
from simulator.locust.pump import clock

REFUSED = frozenset({401})
PATIENCE = 400.0
"""Seconds: tokens that live longer are not waited for; a game day takes about eight minutes."""


class ExpiredToken(ErpgoPersona):
    """Comes back with a token of an earlier visit, which has expired meanwhile, is refused, and logs in again.

    Where tokens live for long (ERPGo's own live a day), the session is ended by logging out "in another tab": the
    API refuses the token from then on, as it would an expired one.
    """

    quota = Quota(per_minute=0.4)
    fixed_count = 1
    _kept: tuple[tuple[wire.LoggedIn, float], ...] = ()
    """Logins that were not used yet, each with the time at which its token expires; the oldest first."""

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  nothing but its own trickle brings this persona
        if self._kept and clock() > self._kept[0][1]:
            (expired, _), *rest = self._kept
            self._kept = tuple(rest)
            self._be_refused(expired)
        login = self.log_in(accounts.shopper(self.number), accounts.PASSWORD)
        if login.expires_in <= PATIENCE:
            self._kept = (*self._kept, (login, clock() + login.expires_in))
            return
        self.think()
        self.call(Request("POST", "/auth/logout", headers=bearer(login.access_token)))
        self._be_refused(login)

    def _be_refused(self, login: wire.LoggedIn) -> None:
        token = bearer(login.access_token)
        self.call(Request("GET", "/orders?limit=10", "/orders [expired]", headers=token, expect=REFUSED))
        self.think()
