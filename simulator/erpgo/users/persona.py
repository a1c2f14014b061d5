"""The base of ERPGo's personas: its API's prefix and headers, its login, and what all of them share on a worker."""

import secrets

from simulator.erpgo.switches.stop_logins import LOGINS
from simulator.erpgo.traffic import wire
from simulator.erpgo.traffic.catalogue import Catalogue
from simulator.erpgo.traffic.pools import USER_AGENTS, Pools, make_pools
from simulator.locust.floor import Floor
from simulator.locust.persona import Persona, Request, SessionEnded

API = "/api/v1"


class ErpgoPersona(Persona):
    """Somebody who uses the ERP."""

    abstract = True
    prefix = API

    @classmethod
    def prepare(cls, floor: Floor) -> None:
        floor.shared(make_pools)

    @property
    def pools(self) -> Pools:
        """Names and passwords to pick from."""
        return self.floor.shared(make_pools)

    @property
    def catalogue(self) -> Catalogue:
        """The shop's products."""
        return self.floor.shared(Catalogue)

    def headers(self) -> dict[str, str]:
        return {"User-Agent": self.chance.choice(USER_AGENTS), "X-Forwarded-For": self.address()}

    def fresh_headers(self) -> dict[str, str]:
        return {"X-Correlation-ID": secrets.token_hex(16)}

    def address(self) -> str:
        """The address this user comes from: one of its own, in the range kept for benchmarks (RFC 2544)."""
        return f"198.18.{self.number // 250 % 256}.{self.number % 250 + 1}"

    def log_in(self, email: str, password: str) -> wire.LoggedIn:
        """Log in with a password that should be right.

        Raises:
            SessionEnded: it did not work, or a switch stops logins.
        """
        if self.floor.desk.leaves_out(LOGINS, self.chance):
            raise SessionEnded
        return self.ask(Request("POST", "/auth/login", body=wire.Credentials(email, password)), wire.LoggedIn)
