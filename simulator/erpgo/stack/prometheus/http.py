"""Alerts on what users of the API see: failed requests, slow requests, failed logins, panics."""

from simulator.erpgo.stack.prometheus.causes import NEIGHBOURS_ARE_WELL
from simulator.erpgo.stack.prometheus.model import WAIT_FOR_CRITICAL, AlertRule, Production, RuleGroup

# Critical alerts on a window have no hold time: what a window has seen it goes on seeing, so a hold would only delay.
_API = "erpgo-api"
_JOBS = (_API,)

# Four failures in a window are the least that may page: at night one failed request of ten is no outage,
# while ten of ten still are. A guard on the number of requests would sleep through both.
_ERROR_RATE = (
    'sum(rate(erpgo_http_requests_total{status_code=~"5.."}[$window]))'
    " / sum(rate(erpgo_http_requests_total[$window])) > $threshold"
    ' and sum(rate(erpgo_http_requests_total{status_code=~"5.."}[$window])) > $few'
)
# Two requests a second are 30 a window: the 95th percentile of fewer is the slowest request.
_ENOUGH_REQUESTS = "sum(rate(erpgo_http_request_duration_seconds_count[$window])) > 2"
_P95 = "histogram_quantile(0.95, sum by (le) (rate(erpgo_http_request_duration_seconds_bucket[$window])))"
_RESPONSE_TIME = f"{_P95} > $threshold and {_ENOUGH_REQUESTS}"
_AUTH_FAILURES = "sum(rate(erpgo_auth_failures_total[$window])) * 60 > $threshold"

_LOGIN_FAILURES = 'sum(rate(erpgo_user_logins_total{status="failure"}[$window]))'

_ERRORS_TEXT = "{{ $value | humanizePercentage }} of requests failed with 5xx over $window."
_TIME_TEXT = "The 95th percentile of response times is {{ $value | humanizeDuration }} over $window."
_AUTH_TEXT = '{{ $value | printf "%.0f" }} refused passwords and tokens a minute over $window.'

ERROR_RATE = RuleGroup(
    "error-rate",
    (
        AlertRule(
            name="CriticalErrorRate",
            severity="critical",
            family="error-rate",
            service=_API,
            expr=_ERROR_RATE,
            threshold=0.10,
            window=15,
            keep_firing_for=15,
            summary="More than 10 % of requests fail",
            description=_ERRORS_TEXT,
            jobs=_JOBS,
            production=Production("5xx share > 10 %", hold=60),
        ),
        AlertRule(
            name="HighErrorRate",
            severity="warning",
            family="error-rate",
            service=_API,
            expr=_ERROR_RATE,
            threshold=0.05,
            window=15,
            hold=WAIT_FOR_CRITICAL,
            summary="More than 5 % of requests fail",
            description=_ERRORS_TEXT,
            jobs=_JOBS,
            production=Production("5xx share > 5 %", hold=120),
        ),
    ),
)

RESPONSE_TIME = RuleGroup(
    "response-time",
    (
        AlertRule(
            name="CriticalResponseTime",
            severity="critical",
            family="response-time",
            service=_API,
            expr=_RESPONSE_TIME,
            threshold=2,
            window=15,
            keep_firing_for=15,
            summary="One request in twenty takes more than 2 s",
            description=_TIME_TEXT,
            jobs=_JOBS,
            production=Production("p95 > 2 s", hold=60),
        ),
        AlertRule(
            name="HighResponseTime",
            severity="warning",
            family="response-time",
            service=_API,
            expr=_RESPONSE_TIME,
            threshold=1,
            window=15,
            hold=WAIT_FOR_CRITICAL,
            summary="One request in twenty takes more than 1 s",
            description=_TIME_TEXT,
            jobs=_JOBS,
            production=Production("p95 > 1 s", hold=180),
        ),
        AlertRule(
            name="ResponseTimeAboveBand",
            severity="warning",
            family="response-time",
            service=_API,
            # Far longer than usual, and long: up to half a second people call it fast (Apdex's customary threshold), and
            # over a second it is HighResponseTime's. Where 5 ms are usual, 50 are nobody's page.
            expr=f"{_P95} > on () band:response_time:high"
            f" and {_P95} > $threshold and {_P95} <= 1 and {_ENOUGH_REQUESTS}",
            unless=NEIGHBOURS_ARE_WELL,
            threshold=0.5,
            window=15,
            hold=WAIT_FOR_CRITICAL,
            summary="Requests take far longer than usual",
            description=_TIME_TEXT,
            jobs=_JOBS,
            production=Production("ours: p95 above its learned band", hold=180),
        ),
    ),
)

AUTH_FAILURES = RuleGroup(
    "auth-failures",
    (
        AlertRule(
            name="CriticalAuthFailureRate",
            severity="critical",
            family="auth-failures",
            service=_API,
            expr=_AUTH_FAILURES,
            threshold=20,
            window=60,
            keep_firing_for=60,
            summary="More than 20 credentials a minute are refused",
            description=_AUTH_TEXT,
            jobs=_JOBS,
            production=Production("auth failures > 20 per minute", hold=60),
        ),
        AlertRule(
            name="HighAuthFailureRate",
            severity="warning",
            family="auth-failures",
            service=_API,
            expr=_AUTH_FAILURES,
            threshold=5,
            window=60,
            hold=WAIT_FOR_CRITICAL,
            summary="More than 5 credentials a minute are refused",
            description=_AUTH_TEXT,
            jobs=_JOBS,
            production=Production("auth failures > 5 per minute", hold=180),
        ),
        AlertRule(
            name="LoginFailuresAboveBand",
            severity="warning",
            family="auth-failures",
            service=_API,
            # Four a minute are the least that may page: where nobody fails, the band is narrow.
            expr=f"{_LOGIN_FAILURES} > on () band:login_failures:high and {_LOGIN_FAILURES} * 60 > 4",
            window=60,
            hold=WAIT_FOR_CRITICAL,
            summary="Far more logins fail than usual",
            description='{{ $value | printf "%.2f" }} failed logins a second over $window, above the learned band.',
            jobs=_JOBS,
            production=Production("ours: failed logins above their learned band", hold=180),
        ),
    ),
)

PANICS = RuleGroup(
    "panics",
    (
        AlertRule(
            name="PanicDetected",
            severity="critical",
            family="panics",
            service=_API,
            expr="sum(rate(erpgo_panics_total[$window])) > 0",
            window=15,
            keep_firing_for=15,
            summary="The API recovered from a panic",
            description="At least one panic within $window.",
            jobs=_JOBS,
            production=Production("any panic in 5m", hold=0),
        ),
    ),
)
