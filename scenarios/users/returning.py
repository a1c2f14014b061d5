"""People who come back: they log in, stay a while, log out."""

from scenarios.users import accounts
from simulator.workload import wire
from simulator.workload.arrivals import Arrival
from simulator.workload.demand import Quota
from simulator.workload.persona import Persona


class ReturningUser(Persona):
    """Logs in, looks at the last orders, has the token refreshed, logs out."""

    quota = Quota(share=0.1)
    weight = 1

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  whatever brought them, they behave alike
        login = self.log_in(accounts.shopper(self.number), accounts.PASSWORD)
        self.think()
        self.call("GET", "/orders?limit=10", name="/orders", headers=bearer(login.access_token))
        self.think()
        body = wire.Refresh(login.refresh_token)
        _, content = self.call("POST", "/auth/refresh", name="/auth/refresh", body=body)
        fresh = self.read(content, wire.Tokens)
        self.think()
        body = wire.Refresh(fresh.refresh_token)
        self.call("POST", "/auth/logout", name="/auth/logout", body=body, headers=bearer(fresh.access_token))


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token."""
    return {"Authorization": f"Bearer {token}"}
