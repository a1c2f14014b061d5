"""Alerts on the monitoring itself: what nobody would look at if it broke in silence."""

from simulator.erpgo.stack.prometheus.model import AlertRule, Production, RuleGroup

_FAMILY = "monitoring"
_JOBS = ("prometheus",)

MONITORING = RuleGroup(
    _FAMILY,
    (
        AlertRule(
            name="ScrapeTargetMissing",
            severity="critical",
            family=_FAMILY,
            service="prometheus",
            # A job that was scraped lately and is not any more: its alerts can only be quiet now. A job that a reload
            # drops gets no stale marker (Prometheus 2.42, measured), so `up` alone would show it for 5 minutes more. The
            # simulator's own target comes and goes with its runs, and cAdvisor is asked every 10 s only.
            expr='count by (job) (count_over_time(up{job!~"simulator|cadvisor"}[$usual]))'
            " unless on (job) count by (job) (count_over_time(up[$window]))"
            # A Prometheus that has just started has scraped nobody yet, for up to 9 s: it hears of its targets after 5 s.
            # Until it has scraped itself, what it knows of its start is of the one before.
            " and on () count(count_over_time(up[$window]))"
            ' and on () time() - max(process_start_time_seconds{job="prometheus"}) > 30',
            window=8,
            usual=600,
            hold=4,
            keep_firing_for=8,
            summary="Nothing is scraped any more for {{ $labels.job }}",
            description="The job {{ $labels.job }} has lost all its targets: its alerts cannot fire.",
            jobs=_JOBS,
            production=Production("ours: target missing", hold=120),
        ),
        AlertRule(
            name="RuleEvaluationFailing",
            severity="critical",
            family=_FAMILY,
            service="prometheus",
            expr="sum by (rule_group) (rate(prometheus_rule_evaluation_failures_total[$window])) > 0",
            window=15,
            hold=2,
            keep_firing_for=15,
            summary="Prometheus cannot evaluate its rules",
            description="Rules of {{ $labels.rule_group }} fail: their alerts cannot fire.",
            jobs=_JOBS,
            production=Production("ours: rule evaluation failing", hold=60),
        ),
        AlertRule(
            name="NotificationsFailing",
            severity="critical",
            family=_FAMILY,
            service="alertmanager",
            # Either leg: Prometheus to Alertmanager, or Alertmanager to a receiver.
            expr="sum(rate(prometheus_notifications_errors_total[$window])) > 0"
            " or sum by (integration) (rate(alertmanager_notifications_failed_total[$window])) > 0",
            window=15,
            hold=2,
            keep_firing_for=15,
            summary="Notifications do not arrive",
            description="Alerts fire, and some of their notifications fail over $window.",
            jobs=("prometheus", "alertmanager"),
            production=Production("ours: notifications failing", hold=60),
        ),
        AlertRule(
            name="ConfigurationReloadFailed",
            severity="warning",
            family=_FAMILY,
            # Not prometheus: the critical alerts above may be its consequence, and must not hide it.
            service="configuration",
            expr="prometheus_config_last_reload_successful == 0 or alertmanager_config_last_reload_successful == 0",
            hold=2,
            summary="{{ $labels.job }} runs on an old configuration",
            description="{{ $labels.job }} could not load its configuration; the next restart will fail.",
            jobs=("prometheus", "alertmanager"),
            production=Production("ours: configuration reload failed", hold=300),
        ),
    ),
)
