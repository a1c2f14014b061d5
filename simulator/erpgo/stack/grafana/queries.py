"""PromQL that several panels share. A range is Grafana's own `$__rate_interval` unless it says why not."""

RATE_INTERVAL = "$__rate_interval"
STEADY = "15s"
"""The window that the alerts judge by. In Grafana's own 8 s, chance alone swings customers' doings by a third."""
_API_IS_UP = '0 * sum (up{job="erpgo-api"} == 1)'


def rate(selector: str, by: str = "", window: str = RATE_INTERVAL) -> str:
    """Events a second, summed; absent where nothing exports the counter, as after its process was killed."""
    return f"sum{_grouping(by)} (rate({selector}[{window}]))"


def steady(selector: str, by: str = "") -> str:
    """Events a second over the alerts' window: for what customers do by chance."""
    return rate(selector, by, STEADY)


def or_zero(expr: str) -> str:
    """`expr`, or 0 while the API is up and has not counted such an event yet."""
    return f"{expr} or {_API_IS_UP}"


def quantile(share: float, histogram: str, by: str = "", window: str = RATE_INTERVAL) -> str:
    """The value that `share` of the histogram's observations did not exceed."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', labels, window)})"


def mean(histogram: str) -> str:
    """The mean of the histogram's observations."""
    return f"{rate(f'{histogram}_sum')} / {rate(f'{histogram}_count')}"


def _grouping(by: str) -> str:
    return f" by ({by})" if by else ""
