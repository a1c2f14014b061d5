"""The dashboard of orders, revenue and people."""

from simulator.erpgo.stack.grafana.panels import ORANGE, Below, Dashboard, Panel, Query
from simulator.erpgo.stack.grafana.queries import or_zero, quantile, rate, steady
from simulator.erpgo.stack.grafana.thresholds import limit

_HOUR = 3600
_ORDERS, _PEOPLE = "orders", "user-activity"
_PER_SECOND = "cps"
# A few large baskets make most of the revenue: over 15 s chance alone moves it by a third, over 30 s by a quarter.
_REVENUE_NOW = "30s"
# A median is calm over half a minute. One order in twenty is above p95, which fewer orders than those of minutes say
# little about: it is drawn once there are as many.
_MEDIAN, _TAIL = "30s", "5m"
_SOLD = "sum (rate(erpgo_revenue_total[15s])) > bool 0"
# A five-minute rate rises for five minutes after the first sale. It is drawn once it would rise by a quarter at most:
# when anything was sold in more than 16 of its 20 quarters of a minute.
_FOR_MINUTES = f"sum_over_time(({_SOLD})[5m:15s]) > 16"
_REVENUE_5M = f"sum (business:revenue_per_hour) and on () {_FOR_MINUTES}"


def _value(percent: int, histogram: str) -> str:
    name = f"erpgo_{histogram}_value_dollars"
    if percent == 50:  # noqa: PLR2004  the median
        return quantile(0.5, name, window=_MEDIAN)
    return f"{quantile(percent / 100, name, window=_TAIL)} and on () {_FOR_MINUTES}"


BUSINESS_METRICS = Dashboard(
    uid="erpgo-business-metrics",
    title="ERPGo Business Metrics",
    panels=(
        Panel(
            title="Order Creation Rate",
            description="Orders accepted, and the lower edge of what was usual lately.",
            unit=_PER_SECOND,
            queries=(
                Query("orders", or_zero(steady("erpgo_orders_created_total"))),
                # So wide a spread that its lower edge is negative allows any rate.
                Query("band", "clamp_min(band:orders:low, 0)", colour=ORANGE),
            ),
            runbook=_ORDERS,
            limits=Below(limit("LowOrderRate") / _HOUR),
        ),
        Panel(
            title="Orders by Customer Type",
            description="Orders accepted, by who ordered.",
            unit=_PER_SECOND,
            queries=(
                Query(
                    "orders", steady("erpgo_orders_created_total", by="customer_type"), "{{customer_type}}"
                ),
            ),
            runbook=_ORDERS,
        ),
        Panel(
            title="Revenue per Hour",
            description="The pace of this moment and of five minutes, and a fifth of what is usual. Currencies are added "
            "up as they are, as the alert does.",
            unit="currencyUSD",
            queries=(
                Query("now", or_zero(f"{_HOUR} * {rate('erpgo_revenue_total', window=_REVENUE_NOW)}")),
                Query("5m", _REVENUE_5M),
                Query("band", f"{_HOUR} * band:revenue:low", colour=ORANGE),
            ),
            runbook=_ORDERS,
        ),
        Panel(
            title="User Activity",
            description="Accounts created and people logged in.",
            unit=_PER_SECOND,
            queries=(
                Query("registrations", or_zero(steady("erpgo_user_registrations_total"))),
                Query("logins", or_zero(steady('erpgo_user_logins_total{status="success"}'))),
            ),
            runbook=_PEOPLE,
            limits=Below(limit("LowUserActivity") / _HOUR),
        ),
        Panel(
            title="Product Engagement",
            description="Products looked at, and searches.",
            unit=_PER_SECOND,
            queries=(
                Query("views", or_zero(steady("erpgo_products_viewed_total"))),
                Query("searches", or_zero(steady("erpgo_product_searches_total"))),
            ),
            runbook=_PEOPLE,
        ),
        Panel(
            title="Order and Cart Value Distribution",
            description="What orders and carts are worth, the median of half a minute, p95 of five. A cart need not become an order.",
            unit="currencyUSD",
            queries=tuple(
                Query(f"{kind}_p{share}", _value(share, kind), f"{kind} p{share}")
                for kind in ("order", "cart")
                for share in (50, 95)
            ),
            runbook=_ORDERS,
        ),
    ),
)
