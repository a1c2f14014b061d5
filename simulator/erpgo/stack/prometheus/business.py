"""Alerts on the business: orders, revenue, people, stock.

Silence is judged by what is usual: it pages only when twelve events were due in its window at the usual pace, so that
chance alone (e^-12, one window in 160,000) does not. A shop that has always been empty pages nobody.
"""

from simulator.erpgo.stack.prometheus.causes import DATABASE_ANSWERS, SHOP_IS_OPEN
from simulator.erpgo.stack.prometheus.model import AlertRule, Production, RuleGroup

_API = "erpgo-api"
_JOBS = (_API,)
_USUAL = 300
# In a lab the simulator is the only customer: once it has gone, silence is normal.
_CUSTOMERS_ARE_HERE = ' and on () up{job="simulator"} == 1'
_ORDERS = "erpgo_orders_created_total"
_CANCELLED = "erpgo_orders_cancelled_total"
_REVENUE = "erpgo_revenue_total"
_LOGINS = 'erpgo_user_logins_total{status="success"}'


def _silence(counter: str) -> str:
    """Fewer than `$threshold` events an hour, where twelve were due in the window."""
    silent = f"sum(rate({counter}[$window])) * 3600 < $threshold"
    return f"{silent} and sum(rate({counter}[$usual])) > $pace"


ORDERS = RuleGroup(
    "orders",
    (
        AlertRule(
            name="LowOrderRate",
            severity="warning",
            family="orders",
            service=_API,
            expr=_silence(_ORDERS),
            unless=SHOP_IS_OPEN,
            threshold=0.1,
            window=15,
            usual=_USUAL,
            hold=2,
            only_here=_CUSTOMERS_ARE_HERE,
            summary="Nobody orders any more",
            description="No order within $window, and at the usual pace twelve or more were due.",
            jobs=_JOBS,
            production=Production("< 0.1 orders per hour", hold=900, window=3600),
        ),
        AlertRule(
            name="OrderRateBelowBand",
            severity="warning",
            family="orders",
            service=_API,
            # No order at all is LowOrderRate's. Below the band for a while: one thin window is chance.
            expr=f"sum(rate({_ORDERS}[$window])) < on () band:orders:low and sum(rate({_ORDERS}[$window])) > 0",
            unless=SHOP_IS_OPEN,
            window=15,
            hold=6,
            only_here=_CUSTOMERS_ARE_HERE,
            summary="Far fewer orders than usual",
            description='{{ $value | printf "%.2f" }} orders a second over $window, below the learned band.',
            jobs=_JOBS,
            production=Production("ours: orders below their learned band", hold=600),
        ),
        AlertRule(
            name="RevenueCollapse",
            severity="warning",
            family="orders",
            service=_API,
            expr=f"sum(rate({_REVENUE}[$window])) < on () band:revenue:low",
            unless=SHOP_IS_OPEN,
            window=15,
            hold=2,
            only_here=_CUSTOMERS_ARE_HERE,
            summary="Revenue has collapsed",
            description='{{ $value | printf "%.0f" }} a second over $window, less than a fifth of what is usual.',
            jobs=_JOBS,
            production=Production("revenue stops or falls far below its band", hold=600),
        ),
        AlertRule(
            name="HighOrderCancellationRate",
            severity="warning",
            family="orders",
            service=_API,
            # Four cancellations in a window are the least that may page.
            expr=f"sum(rate({_CANCELLED}[$window])) / sum(rate({_ORDERS}[$window])) > $threshold"
            f" and sum(rate({_CANCELLED}[$window])) > $few",
            threshold=0.20,
            window=15,
            hold=4,
            summary="More than 20 % of the orders are cancelled",
            description="{{ $value | humanizePercentage }} of the orders created over $window were cancelled.",
            jobs=_JOBS,
            production=Production("> 20 % of created", hold=600),
        ),
    ),
)

USER_ACTIVITY = RuleGroup(
    "user-activity",
    (
        AlertRule(
            name="LowUserActivity",
            severity="warning",
            family="user-activity",
            service=_API,
            expr=_silence(_LOGINS),
            unless=SHOP_IS_OPEN,
            threshold=0.5,
            window=15,
            usual=_USUAL,
            hold=4,
            only_here=_CUSTOMERS_ARE_HERE,
            summary="Nobody logs in any more",
            description="No login within $window, and at the usual pace twelve or more were due.",
            jobs=_JOBS,
            production=Production("< 0.5 logins per hour", hold=1800, window=3600),
        ),
    ),
)

STOCK = RuleGroup(
    "inventory",
    (
        AlertRule(
            name="LowStockAlerts",
            severity="warning",
            family="inventory",
            service=_API,
            expr="sum(rate(erpgo_low_stock_alerts_total[$window])) * 60 > $threshold",
            unless=DATABASE_ANSWERS,
            threshold=0.1,
            window=60,
            hold=2,
            summary="Products run out",
            description='{{ $value | printf "%.1f" }} times a minute over $window, a product fell to its reorder level.',
            jobs=_JOBS,
            production=Production("> 0.1 per minute", hold=300),
        ),
        AlertRule(
            name="HighInventoryUpdates",
            severity="warning",
            family="inventory",
            service=_API,
            expr="sum(rate(erpgo_inventory_updates_total[$window])) > $threshold",
            threshold=10,
            window=15,
            hold=4,
            summary="Stock changes more than ten times a second",
            description='{{ $value | printf "%.1f" }} changes of stock a second over $window.',
            jobs=_JOBS,
            production=Production("> 10 per second", hold=300),
        ),
    ),
)
