"""PromQL that several panels share. Every range is Grafana's own `$__rate_interval`."""


def rate(selector: str, by: str = "") -> str:
    """Events a second, summed; absent where nothing exports the counter, as after its process was killed."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({selector}[$__rate_interval]))"


def or_zero(expr: str) -> str:
    """`expr`, or 0 while the API is up and has not counted such an event yet."""
    return f'{expr} or 0 * sum (up{{job="erpgo-api"}} == 1)'


def quantile(share: float, histogram: str) -> str:
    """The value that `share` of the histogram's observations did not exceed."""
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', by='le')})"
