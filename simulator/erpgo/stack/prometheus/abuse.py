"""Alerts on what attackers and careless clients do: requests over the limit, and probes.

Normal traffic has neither, so the warnings begin with a handful in a window.
"""

from simulator.erpgo.stack.prometheus.model import WAIT_FOR_CRITICAL, AlertRule, Production, RuleGroup

_API = "erpgo-api"
_JOBS = (_API,)
_LIMITED = "sum(rate(erpgo_rate_limit_violations_total[$window])) > $threshold"
_LIMITED_TEXT = '{{ $value | printf "%.1f" }} requests a second over the rate limit, over $window.'
_EVENTS = "sum(rate(erpgo_security_events_total[$window])) > $threshold"
_EVENTS_TEXT = '{{ $value | printf "%.1f" }} probes a second recognised over $window.'

RATE_LIMIT = RuleGroup(
    "rate-limit",
    (
        AlertRule(
            name="CriticalRateLimitViolations",
            severity="critical",
            family="rate-limit",
            service=_API,
            expr=_LIMITED,
            threshold=10,
            window=15,
            keep_firing_for=15,
            summary="A client floods the API",
            description=_LIMITED_TEXT,
            jobs=_JOBS,
            production=Production("sustained 429s; ours: > 10 per second", hold=60),
        ),
        AlertRule(
            name="RateLimitViolations",
            severity="warning",
            family="rate-limit",
            service=_API,
            expr=_LIMITED,
            threshold=1,
            window=15,
            hold=WAIT_FOR_CRITICAL,
            summary="A client keeps running into the rate limit",
            description=_LIMITED_TEXT,
            jobs=_JOBS,
            production=Production("sustained 429s; ours: > 1 per second", hold=300),
        ),
    ),
)

SUSPICIOUS_ACTIVITY = RuleGroup(
    "suspicious-activity",
    (
        AlertRule(
            name="CriticalSuspiciousActivity",
            severity="critical",
            family="suspicious-activity",
            service=_API,
            expr=_EVENTS,
            threshold=2,
            window=15,
            keep_firing_for=15,
            summary="The API is being probed from end to end",
            description=_EVENTS_TEXT,
            jobs=_JOBS,
            production=Production("bursts of security events; ours: > 2 per second", hold=60),
        ),
        AlertRule(
            name="SuspiciousActivity",
            severity="warning",
            family="suspicious-activity",
            service=_API,
            expr=_EVENTS,
            threshold=0.2,
            window=15,
            hold=WAIT_FOR_CRITICAL,
            summary="Somebody probes the API",
            description=_EVENTS_TEXT,
            jobs=_JOBS,
            production=Production("bursts of security events; ours: > 0.2 per second", hold=300),
        ),
    ),
)
