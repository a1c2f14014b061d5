"""The dashboard of logins, refused requests and tokens."""

from simulator.erpgo.stack.grafana.panels import Dashboard, Panel, Query
from simulator.erpgo.stack.grafana.queries import or_zero, rate
from simulator.erpgo.stack.grafana.thresholds import above

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
            runbook="auth-failures",
            # These two alerts count by the minute, and the panel by the second.
            limits=above("HighAuthFailureRate", "CriticalAuthFailureRate", times=1 / 60),
        ),
        Panel(
            title="Rate Limit Violations/min",
            description="Requests over the rate limit. The alerts count the same requests per second.",
            unit=_PER_MINUTE,
            queries=(Query("violations", _a_minute("erpgo_rate_limit_violations_total")),),
            runbook="rate-limit",
            limits=above("RateLimitViolations", "CriticalRateLimitViolations", times=60),
        ),
        Panel(
            title="Blocked Requests/min",
            description="Requests refused, for any reason.",
            unit=_PER_MINUTE,
            queries=(Query("blocked", _a_minute("erpgo_blocked_requests_total")),),
            runbook="rate-limit",
        ),
        Panel(
            title="Security Events/min",
            description="Probes recognised, of any type. The alerts count the same probes per second.",
            unit=_PER_MINUTE,
            queries=(Query("events", _a_minute("erpgo_security_events_total")),),
            runbook="suspicious-activity",
            limits=above("SuspiciousActivity", "CriticalSuspiciousActivity", times=60),
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
            runbook="auth-failures",
        ),
        Panel(
            title="Request Blocking Activity",
            description="Requests refused, by reason.",
            unit=_PER_SECOND,
            queries=(Query("blocked", rate("erpgo_blocked_requests_total", by="reason"), "{{reason}}"),),
            runbook="rate-limit",
        ),
        Panel(
            title="Threat Detection",
            description="Probes recognised, by type.",
            unit=_PER_SECOND,
            queries=(Query("events", rate("erpgo_security_events_total", by="type"), "{{type}}"),),
            runbook="suspicious-activity",
        ),
        Panel(
            title="JWT Token Management",
            description="Tokens issued, validated, expired and blacklisted.",
            unit=_PER_SECOND,
            queries=tuple(
                Query(verb, rate(f"erpgo_jwt_tokens_{verb}_total"))
                for verb in ("issued", "validated", "expired", "blacklisted")
            ),
            runbook="auth-failures",
        ),
    ),
)
