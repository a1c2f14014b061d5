"""Somebody who tries stolen tokens; idle until the switch token-abuse is on."""

from simulator.erpgo.users import accounts
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.locust.persona import Request, bearer

REFUSED = frozenset({401})


class TokenThief(ErpgoPersona):
    """Uses a token whose owner has logged out: one refusal a session."""

    fixed_count = 1
    _stolen = ""

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  only the switch brings this persona
        if not self._stolen:
            self._stolen = self._steal()
        headers = {"X-Forwarded-For": "203.0.113.220", **bearer(self._stolen)}  # RFC 5737: nobody's address
        self.call(Request("GET", "/orders?limit=10", "/orders [stolen]", headers=headers, expect=REFUSED))

    def _steal(self) -> str:
        token = self.log_in(accounts.shopper(self.number), accounts.PASSWORD).access_token
        self.call(Request("POST", "/auth/logout", headers=bearer(token)))
        return token
