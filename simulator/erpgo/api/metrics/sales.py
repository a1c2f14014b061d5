"""Orders and revenue."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from simulator.erpgo.api.labels import OTHER
from simulator.erpgo.api.windows import MovingRatio

PAYMENT_METHODS = ("credit_card", "debit_card", "paypal", "bank_transfer", "cash", "invoice", OTHER)
CUSTOMER_TYPES = ("retail", "wholesale", "business")
ORDER_TYPES = ("sales", "purchase", "return", "exchange", "transfer")
FULFILLMENT_METHODS = ("standard", "express", "overnight", "pickup", "digital")
CANCEL_REASONS = ("customer_request", "changed_mind", "out_of_stock", "payment_failed", "fraud", OTHER)
CURRENCIES = ("USD", "EUR", "GBP", OTHER)
_DOLLARS = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)
_PROCESSING_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CONVERSION_SECONDS = 300


def known(value: str, values: tuple[str, ...]) -> str:
    """Return `value` when it is one of `values`, else "other": clients choose it, we bound it."""
    return value if value in values else OTHER


@dataclass(frozen=True)
class PlacedOrder:
    """What the business counts about a new order; `value` in units of its currency."""

    order_type: str
    payment_method: str
    customer_type: str
    currency: str
    value: float
    seconds: float


class SalesMetrics:
    """`status` of a created order is its first status; `source` is always this API."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float]) -> None:
        self._created = Counter(
            "erpgo_orders_created",
            "Orders accepted.",
            ("status", "payment_method", "customer_type"),
            registry=registry,
        )
        self._completed = Counter(
            "erpgo_orders_completed",
            "Orders completed.",
            ("fulfillment_method", "customer_type"),
            registry=registry,
        )
        self._cancelled = Counter(
            "erpgo_orders_cancelled", "Orders cancelled.", ("reason", "customer_type"), registry=registry
        )
        self._processing = Histogram(
            "erpgo_order_processing_seconds",
            "Time to accept an order.",
            ("order_type",),
            buckets=_PROCESSING_SECONDS,
            registry=registry,
        )
        self._order_value = Histogram(
            "erpgo_order_value_dollars",
            "Value of accepted orders.",
            ("customer_type", "payment_method"),
            buckets=_DOLLARS,
            registry=registry,
        )
        self._cart_value = Histogram(
            "erpgo_cart_value_dollars",
            "Value of carts sent, accepted or not.",
            ("customer_type",),
            buckets=_DOLLARS,
            registry=registry,
        )
        self._revenue = Counter(
            "erpgo_revenue", "Value of accepted orders.", ("currency", "source"), registry=registry
        )
        self._conversion = Gauge(
            "erpgo_conversion_rate",
            "Orders per product viewed, a ratio.",
            ("period", "source"),
            registry=registry,
        )
        self._conversions = MovingRatio(_CONVERSION_SECONDS, clock)
        self._prepare()

    def _prepare(self) -> None:
        for customer_type in CUSTOMER_TYPES:
            for payment in PAYMENT_METHODS:
                self._created.labels("pending", payment, customer_type)
            for method in FULFILLMENT_METHODS:
                self._completed.labels(method, customer_type)
            for reason in CANCEL_REASONS:
                self._cancelled.labels(reason, customer_type)
            self._cart_value.labels(customer_type)
            self._order_value.labels(customer_type, "credit_card")
        for order_type in ORDER_TYPES:
            self._processing.labels(order_type)
        for currency in CURRENCIES:
            self._revenue.labels(currency, "api")
        self._conversion.labels("5m", "api").set_function(lambda: self._conversions.ratio(0.0))

    def cart_sent(self, customer_type: str, value: float) -> None:
        self._cart_value.labels(customer_type).observe(value)

    def product_viewed(self) -> None:
        self._conversions.add(whole=1)

    def order_placed(self, order: PlacedOrder) -> None:
        payment = known(order.payment_method, PAYMENT_METHODS)
        self._created.labels("pending", payment, order.customer_type).inc()
        self._processing.labels(order.order_type).observe(order.seconds)
        self._order_value.labels(order.customer_type, payment).observe(order.value)
        self._revenue.labels(known(order.currency, CURRENCIES), "api").inc(order.value)
        self._conversions.add(part=1)

    def order_completed(self, fulfillment_method: str, customer_type: str) -> None:
        self._completed.labels(fulfillment_method, customer_type).inc()

    def order_cancelled(self, reason: str, customer_type: str) -> None:
        self._cancelled.labels(known(reason, CANCEL_REASONS), customer_type).inc()
