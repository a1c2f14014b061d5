"""People who come back: they log in, stay a while, log out."""

from simulator.erpgo.traffic import wire
from simulator.erpgo.users import accounts
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust.persona import Request, bearer


class ReturningUser(ErpgoPersona):
    """Logs in, looks at the last orders, has the token refreshed, logs out."""

    quota = Quota(share=0.1)
    weight = 1

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  whatever brought them, they behave alike
        login = self.log_in(accounts.shopper(self.number), accounts.PASSWORD)
        self.think()
        self.call(Request("GET", "/orders?limit=10", "/orders", headers=bearer(login.access_token)))
        self.think()
        refresh = wire.Refresh(login.refresh_token)
        fresh = self.ask(Request("POST", "/auth/refresh", body=refresh), wire.Tokens)
        self.think()
        leave = wire.Refresh(fresh.refresh_token)
        self.call(Request("POST", "/auth/logout", body=leave, headers=bearer(fresh.access_token)))
