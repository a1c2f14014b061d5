"""The dashboard to look at first: is the API there, fast, and selling?"""

from simulator.erpgo.stack.grafana.panels import ORANGE, Dashboard, Panel, Query
from simulator.erpgo.stack.grafana.queries import mean, or_zero, rate, steady
from simulator.erpgo.stack.grafana.signals import (
    DURATION_LIMITS,
    DURATIONS,
    GOROUTINE_LIMITS,
    GOROUTINES,
    MEMORY,
    P95,
    REQUESTS,
)
from simulator.erpgo.stack.grafana.thresholds import limit

_CREATED = steady("erpgo_orders_created_total")

OVERVIEW = Dashboard(
    uid="erpgo-overview",
    title="ERPGo Overview",
    panels=(
        Panel(
            title="Request Rate",
            description="Requests a second. The line ends where the API is gone.",
            unit="reqps",
            queries=(Query("requests", REQUESTS),),
            runbook="availability",
        ),
        Panel(
            title="Status Codes",
            description="Requests a second by how they were answered; 499 is a client that left.",
            unit="reqps",
            queries=(
                Query("requests", rate("erpgo_http_requests_total", by="status_code"), "{{status_code}}"),
            ),
            runbook="error-rate",
        ),
        Panel(
            title="Request Duration",
            description="How long requests take; the alerts look at p95.",
            unit="s",
            queries=(P95, Query("mean", mean(DURATIONS))),
            runbook="response-time",
            limits=DURATION_LIMITS,
        ),
        Panel(
            title="Goroutines",
            description="Goroutines, or tasks in flight where the API is not written in Go.",
            unit="short",
            queries=(GOROUTINES,),
            runbook="goroutines",
            limits=GOROUTINE_LIMITS,
        ),
        Panel(
            title="Orders",
            description="Orders accepted, completed and cancelled. The alert on cancellations is a share of those accepted.",
            unit="cps",
            queries=(
                Query("created", or_zero(_CREATED)),
                Query("completed", or_zero(steady("erpgo_orders_completed_total"))),
                Query("cancelled", or_zero(steady("erpgo_orders_cancelled_total"))),
                Query(
                    "limit",
                    f"{limit('HighOrderCancellationRate')} * {_CREATED}",
                    "too many cancelled",
                    ORANGE,
                ),
            ),
            runbook="orders",
        ),
        Panel(
            title="Memory",
            description="What the API uses (alloc) of what it may use (sys). The alerts are shares of sys.",
            unit="bytes",
            queries=MEMORY,
            runbook="memory",
        ),
    ),
)
