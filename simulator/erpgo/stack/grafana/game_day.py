"""The dashboard of the simulator: what it breaks, how fast the alerts are, and the traffic it makes meanwhile."""

from simulator.erpgo.stack.grafana.panels import Above, Dashboard, Panel, Query
from simulator.erpgo.stack.grafana.queries import quantile, rate, steady
from simulator.erpgo.stack.grafana.signals import P95

_PROMISE = 30
"""Seconds within which a page must arrive."""
_INTENDED = "simulator_intended_response_seconds"
_SLOWEST = "slowest (0: none yet)"


def _or_idle(expr: str) -> str:
    """`expr`, or 0 while Locust runs: a game day that has not come so far has injected nothing and paged nobody."""
    return f"{expr} or 0 * max (simulator_users)"


def _by_alert(name: str) -> tuple[Query, Query]:
    """While its fault is in force: what was measured before stays to be seen further left."""
    gauge = f"{name} and on (experiment) simulator_fault_active == 1"
    return (
        Query("alerts", f"max by (alert) ({gauge})", "{{alert}}"),
        Query("slowest", _or_idle(f"max ({gauge})"), _SLOWEST),
    )


SIMULATOR_GAMEDAY = Dashboard(
    uid="simulator-gameday",
    title="Simulator Game Day",
    panels=(
        Panel(
            title="Faults Injected",
            description="When a fault was in force, by its name, and whether any was.",
            unit="bool",
            queries=(
                Query("any", _or_idle("max (simulator_fault_active)")),
                Query("faults", "max by (fault) (simulator_fault_active)", "{{fault}}"),
            ),
            runbook="",
            states=("no fault", "injected"),
        ),
        Panel(
            title="Time to Notify",
            description="From a fault's effect to the page at the receiver, by alert.",
            unit="s",
            queries=_by_alert("simulator_alert_notify_seconds"),
            runbook="alerting-path",
            limits=Above(_PROMISE),
        ),
        Panel(
            title="Time to Detect",
            description="From a fault's effect to the firing alert in Prometheus, by alert.",
            unit="s",
            queries=_by_alert("simulator_alert_detect_seconds"),
            runbook="monitoring",
        ),
        Panel(
            title="Traffic Offered and Achieved",
            description="Sessions that were due, that started, and that were given up.",
            unit="cps",
            queries=(Query("sessions", steady("simulator_arrivals_total", by="outcome"), "{{outcome}}"),),
            runbook="",
        ),
        Panel(
            title="Requests and Failures",
            description="As Locust counts them. It also sees what never reached the API.",
            unit="reqps",
            queries=(
                Query("requests", rate("simulator_requests_total")),
                Query("failures", rate("simulator_request_failures_total")),
            ),
            runbook="error-rate",
        ),
        Panel(
            title="Response Time from the Intended Start",
            description="What people waited, from when they were due. Where it leaves the API's own p95, they queue.",
            unit="s",
            queries=(
                Query("p50", quantile(0.5, _INTENDED)),
                Query("p95", quantile(0.95, _INTENDED)),
                Query("p99", quantile(0.99, _INTENDED)),
                Query("api", P95.expr, "API p95"),
            ),
            runbook="response-time",
        ),
        Panel(
            title="Simulator CPU",
            description="The busiest Locust process. Near 100 % it measures itself, and not the API.",
            unit="percent",
            queries=(Query("cpu", "max (avg_over_time(simulator_cpu_percent[15s]))"),),
            runbook="",
        ),
    ),
)
