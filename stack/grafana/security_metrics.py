"""The dashboard of logins, refused requests and tokens."""

from stack.grafana.panels import Above, Dashboard, Panel, Query
from stack.grafana.queries import or_zero, rate
from stack.grafana.thresholds import limit

_FAILURES = or_zero(rate("erpgo_auth_failures_total"))
_PER_SECOND, _PER_MINUTE = "cps", "cpm"


def _a_minute(counter: str) -> str:
    return or_zero(f"60 * {rate(counter)}")


SECURITY_METRICS = Dashboard(
    uid="erpgo-security-metrics",
    title="ERPGo Security Metrics",
    panels=(
        Panel(
            title="Authentication Failures/sec",
            description="Refused credentials. The alerts count the same failures per minute.",
            unit=_PER_SECOND,
            queries=(Query("failures", _FAILURES),),
            limits=Above(limit("HighAuthFailureRate") / 60, limit("CriticalAuthFailureRate") / 60),
        ),
        Panel(
            title="Rate Limit Violations/min",
            description="Requests over the rate limit.",
            unit=_PER_MINUTE,
            queries=(Query("violations", _a_minute("erpgo_rate_limit_violations_total")),),
        ),
        Panel(
            title="Blocked Requests/min",
            description="Requests refused, for any reason.",
            unit=_PER_MINUTE,
            queries=(Query("blocked", _a_minute("erpgo_blocked_requests_total")),),
        ),
        Panel(
            title="Security Events/min",
            description="Probes recognised, of any type.",
            unit=_PER_MINUTE,
            queries=(Query("events", _a_minute("erpgo_security_events_total")),),
        ),
        Panel(
            title="Authentication Activity",
            description="Logins and refreshes: tried, granted, refused.",
            unit=_PER_SECOND,
            queries=(
                Query("attempts", rate("erpgo_auth_attempts_total")),
                Query("successes", rate("erpgo_auth_successes_total")),
                Query("failures", _FAILURES),
            ),
        ),
        Panel(
            title="Request Blocking Activity",
            description="Requests refused, by reason.",
            unit=_PER_SECOND,
            queries=(Query("blocked", rate("erpgo_blocked_requests_total", by="reason"), "{{reason}}"),),
        ),
        Panel(
            title="Threat Detection",
            description="Probes recognised, by type.",
            unit=_PER_SECOND,
            queries=(Query("events", rate("erpgo_security_events_total", by="type"), "{{type}}"),),
        ),
        Panel(
            title="JWT Token Management",
            description="Tokens issued, validated, expired and blacklisted.",
            unit=_PER_SECOND,
            queries=tuple(
                Query(verb, rate(f"erpgo_jwt_tokens_{verb}_total"))
                for verb in ("issued", "validated", "expired", "blacklisted")
            ),
        ),
    ),
)
