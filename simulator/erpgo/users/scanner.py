"""A vulnerability scanner; idle until the switch suspicious-requests is on."""

from urllib.parse import quote

from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.locust.persona import Request

PROBES = (
    "' OR 1=1 --",
    "x' UNION SELECT password FROM accounts --",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "../../etc/passwd",
    "..%5c..%5cwindows%5cwin.ini",
)
"""Strings that scanners send, and that this API answers as any other search."""


class Scanner(ErpgoPersona):
    """One probe a session: a search whose words are an attack elsewhere."""

    fixed_count = 3

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  only the switch brings this persona
        words = quote(self.chance.choice(PROBES))
        headers = {"X-Forwarded-For": "203.0.113.210"}  # RFC 5737: nobody's address
        self.call(Request("GET", f"/products/search?q={words}", "/products/search [probe]", headers=headers))
