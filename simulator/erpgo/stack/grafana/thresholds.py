"""Where the alerts draw the line, so that the panels draw it there too."""

from simulator.erpgo.stack.grafana.panels import ORANGE, RED, Above, Query
from simulator.erpgo.stack.prometheus.rules import STAGING


def limit(alert: str) -> float:
    """The threshold of the alert called `alert`, in the rule's own unit.

    Raises:
        KeyError: no alert has that name.
        ValueError: the alert has no threshold.
    """
    threshold = STAGING.alert(alert).threshold
    if threshold is None:
        raise ValueError(f"{alert} has no threshold to draw")
    return threshold


def above(warning: str, critical: str, times: float = 1) -> Above:
    """The limits of two alerts on large values, `times` what the rules say where the panel counts in another unit."""
    return Above(limit(warning) * times, limit(critical) * times)


def shares(whole: str, warning: str, critical: str) -> tuple[Query, Query]:
    """The limits of two alerts on a share of `whole`, as the dashed lines `high` and `critical`."""
    return (
        Query("high", f"{limit(warning)} * {whole}", colour=ORANGE),
        Query("critical", f"{limit(critical)} * {whole}", colour=RED),
    )
