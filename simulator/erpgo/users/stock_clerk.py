"""Somebody in the warehouse; idle until one of the stock switches is on."""

from simulator.erpgo.switches.stock_depletion import StockDepletion
from simulator.erpgo.traffic import wire
from simulator.erpgo.users import accounts
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.locust.persona import Request, SessionEnded, bearer
from simulator.locust.pump import clock

WAREHOUSE = "EAST"
"""Orders are served from another one: a clerk never takes away what a shopper has bought."""
FRESH = 0.7
"""Part of a token's life for which it is used."""


class StockClerk(ErpgoPersona):
    """Counts stock one up and one down, or takes all there is of a product and puts it back."""

    fixed_count = 12
    _token = ""
    _fresh_until = 0.0

    def visit(self, arrival: Arrival) -> None:
        products = self.catalogue.known
        if products is None:
            raise SessionEnded
        product = products.pick(self.chance).id
        if arrival.cause == StockDepletion.name:
            self._deplete(product)
        else:
            self._adjust(product, 1)
            self._adjust(product, -1)

    def _deplete(self, product: str) -> None:
        level = self._adjust(product, 0)
        everything = level.quantity - level.reserved
        self._adjust(product, -everything)
        self._adjust(product, everything)

    def _adjust(self, product: str, by: int) -> wire.StockLevel:
        body = wire.Adjustment(product, by, WAREHOUSE)
        request = Request("POST", "/inventory/adjust", body=body, headers=bearer(self._logged_in()))
        return self.ask(request, wire.StockLevel)

    def _logged_in(self) -> str:
        if clock() >= self._fresh_until:
            login = self.log_in(accounts.CLERK, accounts.PASSWORD)
            self._token, self._fresh_until = login.access_token, clock() + FRESH * login.expires_in
        return self._token
