"""Products and stock."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter

from simulator.erpgo.api.labels import OTHER, BoundedLabels

WAREHOUSES = ("MAIN", "EAST", "WEST")
CATEGORIES = ("electronics", "furniture", "clothing", "grocery", "toys", "tools", "books", "sports")
STOCK_OPERATIONS = ("adjust", "reserve", "release")
SEVERITIES = ("warning", "critical")
_PRODUCTS = 50
# Two scrapes of 2 s, and one to spare.
SETTLE_SECONDS = 6.0
_RESULT_BANDS = ((0, "0"), (10, "1-10"), (50, "11-50"))
_MANY_RESULTS = "51+"


def results_band(count: int) -> str:
    """Return the band of a number of results, which bounds the label."""
    return next((band for most, band in _RESULT_BANDS if count <= most), _MANY_RESULTS)


class CatalogueMetrics:
    """The first 50 products have series of their own; the others share "other"."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float]) -> None:
        self._viewed = Counter(
            "erpgo_products_viewed", "Products looked at.", ("product_id", "category"), registry=registry
        )
        self._searches = Counter(
            "erpgo_product_searches",
            "Searches; results_count is a band.",
            ("search_type", "results_count"),
            registry=registry,
        )
        self._updates = Counter(
            "erpgo_inventory_updates",
            "Changes of stock.",
            ("operation", "product_id", "warehouse_id"),
            registry=registry,
        )
        self._low = Counter(
            "erpgo_low_stock_alerts",
            "Times that available stock fell to the reorder level (warning) or to nothing (critical).",
            ("product_id", "warehouse_id", "severity"),
            registry=registry,
        )
        self._views_of = BoundedLabels(
            _PRODUCTS, settle=SETTLE_SECONDS, clock=clock, announce=lambda _product: None
        )
        self._stock_of = BoundedLabels(
            _PRODUCTS, settle=SETTLE_SECONDS, clock=clock, announce=self._announce_stock
        )
        for category in (*CATEGORIES, OTHER):
            self._viewed.labels(OTHER, category)
        for band in (*(band for _, band in _RESULT_BANDS), _MANY_RESULTS):
            self._searches.labels("text", band)
        self._announce_stock(OTHER)

    def _announce_stock(self, product: str) -> None:
        for warehouse in WAREHOUSES:
            for operation in STOCK_OPERATIONS:
                self._updates.labels(operation, product, warehouse)
            for severity in SEVERITIES:
                self._low.labels(product, warehouse, severity)

    def viewed(self, product_id: str, category: str) -> None:
        category = category if category in CATEGORIES else OTHER
        self._viewed.labels(self._views_of.label(product_id), category).inc()

    def searched(self, results: int) -> None:
        self._searches.labels("text", results_band(results)).inc()

    def stock_changed(self, operation: str, product_id: str, warehouse: str) -> None:
        self._updates.labels(operation, self._stock_of.label(product_id), warehouse).inc()

    def stock_low(self, severity: str, product_id: str, warehouse: str) -> None:
        self._low.labels(self._stock_of.label(product_id), warehouse, severity).inc()
